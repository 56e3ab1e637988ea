/// What an endpoint wants of permessage-deflate (RFC 7692).
///
/// A kept context costs a connection about 300 KB (256 KB to write, 40 KB to read); without, it costs nothing, and a frame
/// may be compressed once for many (``FrameDeflater``). The defaults keep both, which compresses best.
package struct DeflateOptions: Equatable, Sendable {
    /// Whether the server's messages are compressed each by itself.
    package var serverNoContextTakeover = false
    /// Whether the client's messages are compressed each by itself.
    package var clientNoContextTakeover = false
    /// The base-2 logarithm of the server's window, 8…15.
    package var serverMaxWindowBits = 15
    /// The base-2 logarithm of the client's window, 8…15.
    package var clientMaxWindowBits = 15
    /// A client's offer that asks the server for a smaller window than this is declined, 8…15: frames that are compressed
    /// for many cannot be made to each one's measure.
    package var leastServerWindowBits = 8
    /// zlib's level, 1 (fast) … 9 (small).
    package var level = 6
    /// The memory a deflater takes beside its window, 2^(9 + this) bytes, 1…9. To start anew, as each message does that
    /// refers to no other, a quarter of it is cleared.
    package var memoryLevel = 8
    /// Messages of fewer bytes are sent as they are.
    package var threshold = 128
    /// With these subprotocols a server does not compress: their messages are short as they are.
    package var exceptedSubprotocols: [String] = []

    package init() {}
}
