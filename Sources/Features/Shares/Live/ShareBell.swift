internal import Actors
internal import EventLoop
internal import Model
internal import Synchronization

/// Wakes one live view of a share: when its group has news, when the share is revoked, and now and then. Rings that nobody has
/// heard yet are one. Callable from any thread.
final class ShareBell: GroupObserver {
    let share: UniqueID
    /// Whom the view is counted by: an IPv4 address, or the first 64 bits of an IPv6 one, as rate policies count.
    let address: IPAddress
    /// For the one who waits; over once it is ended or its task is cancelled.
    let rings: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let over = Atomic<Bool>(false)

    init(_ share: UniqueID, from address: IPAddress) {
        self.share = share
        self.address = address.family == .ipv6 ? IPAddress(ipv6: address.high, 0) : address
        (rings, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether the share shows nothing any more. A ring from before may still be heard: look here before each position.
    var isOver: Bool { over.load(ordering: .acquiring) }

    func ring() { continuation.yield() }

    /// The share shows nothing any more.
    func end() {
        over.store(true, ordering: .releasing)
        continuation.finish()
    }

    func deliver(_ frame: [UInt8], of group: GroupID) -> Admission {
        ring()
        return .accepted
    }
}
