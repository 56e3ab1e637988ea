internal import EventLoop
internal import Glibc

/// What the WebSocket connections of one loop share. Confined to the loop's thread, and ends with it.
final class LoopShare {
    let codec = CodecResources()
    let meters = WebSocketMeters()
    private var rings: [Duration: HeartbeatRing] = [:]

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        unsafe pthread_key_create(&key) { value in
            guard let value = unsafe value else { return }
            unsafe Unmanaged<LoopShare>.fromOpaque(value).release()
        }
        return key
    }()

    /// The share of the loop whose thread this is.
    static func of(_ loop: Loop) -> LoopShare {
        loop.preconditionIsolated()
        if let value = unsafe pthread_getspecific(key) {
            return unsafe Unmanaged<LoopShare>.fromOpaque(value).takeUnretainedValue()
        }
        let share = LoopShare()
        unsafe pthread_setspecific(key, Unmanaged.passRetained(share).toOpaque())
        return share
    }

    /// The ring of all connections with that heartbeat.
    func ring(every interval: Duration, on loop: Loop) -> HeartbeatRing {
        if let ring = rings[interval] { return ring }
        let ring = HeartbeatRing(every: interval, on: loop)
        rings[interval] = ring
        return ring
    }
}
