/// What a write took.
package enum TLSWriteResult: Equatable, Sendable {
    /// So many bytes from the beginning of the buffer were encrypted and given to the kernel; at most a record's 16 KiB.
    case bytes(Int)
    /// The kernel is full in the middle of a record; see ``TLSSession/write(_:)`` for what the next call owes.
    case wantsWrite
    /// The protocol itself needs something from the peer first; call again when the descriptor is readable.
    case wantsRead
    case failed(TLSError)
}
