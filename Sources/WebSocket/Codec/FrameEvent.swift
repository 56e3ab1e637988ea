/// What a ``FrameParser`` found; the bytes that belong to it are handed over beside it.
package enum FrameEvent: Equatable, Sendable {
    /// A whole text message; its UTF-8 has been checked.
    case text
    /// A whole binary message.
    case binary
    /// A Ping and its payload, at most 125 bytes.
    case ping
    /// A Pong and its payload, at most 125 bytes.
    case pong
    /// A Close and its reason; without a code the frame was empty. Nothing follows it.
    case close(CloseCode?)
}
