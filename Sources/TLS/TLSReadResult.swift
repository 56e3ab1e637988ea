/// What a read gave.
package enum TLSReadResult: Equatable, Sendable {
    /// So many bytes, at least one, were decrypted into the buffer; there may be more.
    case bytes(Int)
    /// Nothing more can be read now; call again when the descriptor is readable, as it still may be: what a record of the
    /// protocol's own ends, such as a ticket, is said too.
    case wantsRead
    /// The protocol itself has something to write first; call again when the descriptor is writable.
    case wantsWrite
    /// The peer said that it is done (close_notify).
    case closed
    /// The connection ended without a close_notify: somebody may have cut it, so what came may be incomplete.
    case truncated
    case failed(TLSError)
}
