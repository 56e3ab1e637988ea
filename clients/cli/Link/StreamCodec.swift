import Wire

/// Writes and reads the messages of one connection, from its first to its last.
struct StreamCodec: Sendable {
    let dialect: StreamDialect
    private var encoder = PackedClientMessageEncoder()
    private var decoder = PackedHubMessageDecoder()

    init(_ dialect: StreamDialect) { self.dialect = dialect }

    /// Writes a message, which must be sent, at the end of `bytes`.
    mutating func encode(_ envelope: ClientEnvelope, to bytes: inout [UInt8]) {
        switch dialect {
        case .json: ClientMessageEncoder.encode(envelope, to: &bytes)
        case .packed: encoder.encode(envelope, to: &bytes)
        }
    }

    mutating func decode(_ bytes: RawSpan) throws(Refusal) -> PackedHubMessageDecoder.Reading {
        switch dialect {
        case .json: .message(try HubMessageDecoder.decode(bytes))
        case .packed: try decoder.decode(bytes)
        }
    }

    /// The hub could not read a message: what is sent next must not build on it.
    mutating func forgetSent() { encoder.forget() }
}
