/// How far a step that moves no application bytes came.
package enum TLSProgress: Equatable, Sendable {
    case done
    /// Call again when the descriptor is readable.
    case wantsRead
    /// Call again when the descriptor is writable.
    case wantsWrite
    case failed(TLSError)
}
