import Model

/// Writes what a client says over `presence.v1.packed`; for clients. One a connection, and for it alone: each fix is told
/// as its difference from the one before.
package struct PackedClientMessageEncoder: Sendable {
    private var reference: PackedReference?

    package init() {}

    /// One message at the end of `bytes`. It is trusted to be within the protocol's limits, and must be sent.
    package mutating func encode(_ envelope: ClientEnvelope, to bytes: inout [UInt8]) {
        switch envelope.message {
        case .location(let fix):
            bytes.append(PackedTag.location)
            bytes.append(packedID: envelope.id)
            append(fix, to: &bytes)
        case .locations(let fixes):
            bytes.append(PackedTag.locations)
            bytes.append(packedID: envelope.id)
            bytes.append(packed: UInt64(fixes.count))
            for fix in fixes { append(fix, to: &bytes) }
        default: ClientMessageEncoder.encode(envelope, to: &bytes)
        }
    }

    /// Tells the next fix by itself: the hub has answered `invalid_format`, and has forgotten the last one.
    package mutating func forget() { reference = nil }

    private mutating func append(_ fix: Fix, to bytes: inout [UInt8]) {
        bytes.append(fix, after: reference)
        reference = PackedReference(fix)
    }
}
