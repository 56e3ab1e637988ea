internal import Actors
internal import Model

/// Wakes one live view of a share: when its group has news, when the share is revoked, and now and then. Rings that nobody has
/// heard yet are one. Callable from any thread.
final class ShareBell: GroupObserver {
    let share: UniqueID
    /// For the one who waits; over once it is ended or its task is cancelled.
    let rings: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init(_ share: UniqueID) {
        self.share = share
        (rings, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func ring() { continuation.yield() }

    /// The share shows nothing any more.
    func end() { continuation.finish() }

    func deliver(_ frame: [UInt8], of group: GroupID) -> Admission {
        ring()
        return .accepted
    }
}
