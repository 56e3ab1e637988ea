internal import EventLoop
internal import Glibc

/// What the WebSocket connections of one loop share. Confined to the loop's thread, and ends with it.
final class LoopShare {
    let codec = CodecResources()
    let meters = WebSocketMeters()
    private var rings: [Duration: HeartbeatRing] = [:]
    /// Those that keep no context; as many as there are different agreements.
    private var compressors: [MessageCompressor] = []

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

    /// What compresses a connection's messages: its own, if messages may refer to earlier ones, else one for all alike.
    func compressor(
        for agreement: DeflateAgreement, options: DeflateOptions, isServer: Bool
    ) -> MessageCompressor {
        let made = MessageCompressor(agreement, options: options, isServer: isServer, resources: codec)
        if made.keepsContext { return made }
        if let shared = compressors.first(where: made.isInterchangeable) { return shared }
        compressors.append(made)
        return made
    }

    /// The ring of all connections with that heartbeat.
    func ring(every interval: Duration, on loop: Loop) -> HeartbeatRing {
        if let ring = rings[interval] { return ring }
        let ring = HeartbeatRing(every: interval, on: loop)
        rings[interval] = ring
        return ring
    }
}
