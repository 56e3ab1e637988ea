internal import EventLoop

/// Watches how long a connection takes over what it does; reads no clock.
struct ConnectionTimes {
    enum Phase: Equatable {
        case idle
        case head
        case body
    }

    enum Verdict: Equatable {
        case fine
        /// Nothing has been asked for a while.
        case idle
        /// The peer takes nothing of what it asked for, or does not go on with its TLS handshake.
        case stalled
        /// A request is too slow in coming.
        case slow(String)
    }

    /// Bytes given to the socket since the beginning.
    var acceptedBytes = 0
    /// Requests read, so that one in the phase of its predecessor is seen to be another.
    var requestCount = 0

    private var phase = Phase.idle
    private var phaseRequest = 0
    private var phaseStart: LoopInstant
    private var sentBytes = 0
    private var sentAt: LoopInstant
    private var bodyTime = Duration.zero
    private var progressBytes = 0
    private var progressAt: LoopInstant

    init(now: LoopInstant) {
        phaseStart = now
        sentAt = now
        progressAt = now
    }

    /// What is being read after what has just been read.
    mutating func enter(_ new: Phase, at now: LoopInstant) {
        guard new != phase || phaseRequest != requestCount else { return }
        phase = new
        phaseRequest = requestCount
        phaseStart = now
        progressAt = now
        progressBytes = 0
    }

    /// A body of at most `limit` bytes follows.
    mutating func expectBody(limit: Int, limits: borrowing HTTPLimits) {
        let usual = max(1, limits.bodyBytes)
        let times = limit > usual ? (Double(limit) / Double(usual)).rounded(.up) : 1
        bodyTime = limits.bodyTimeout * times
    }

    /// The last answer is complete; from now on the connection is idle.
    mutating func answered(at now: LoopInstant) {
        if phase == .idle { phaseStart = now }
    }

    /// - Parameters:
    ///   - isWaiting: Whether requests wait for their answers.
    ///   - isHandshaking: Whether TLS has not got as far as a request; it has the time of a header section for that.
    ///   - isReading: Whether the connection reads; what it leaves to the kernel itself cannot be late.
    mutating func check(
        _ now: LoopInstant, queuedBytes: Int, bodyBytesRead: Int, isWaiting: Bool, isHandshaking: Bool = false,
        isReading: Bool, limits: HTTPLimits
    ) -> Verdict {
        let sent = acceptedBytes - queuedBytes
        if queuedBytes == 0 || sent != sentBytes {
            sentBytes = sent
            sentAt = now
        } else if now - sentAt >= limits.writeStallTimeout {
            return .stalled
        }
        guard isReading else {
            phaseStart = now
            progressAt = now
            return .fine
        }
        let elapsed = now - phaseStart
        switch phase {
        case .idle where isHandshaking: return elapsed >= limits.headerTimeout ? .stalled : .fine
        case .idle:
            return !isWaiting && queuedBytes == 0 && elapsed >= limits.idleTimeout ? .idle : .fine
        case .head:
            return elapsed >= limits.headerTimeout ? .slow("The header section did not arrive in time") : .fine
        case .body:
            if elapsed >= bodyTime { return .slow("The content did not arrive in time") }
            guard now - progressAt >= limits.bodyTimeout / 5 else { return .fine }
            guard bodyBytesRead - progressBytes >= limits.bodyProgressBytes else {
                return .slow("The content arrives too slowly")
            }
            progressBytes = bodyBytesRead
            progressAt = now
            return .fine
        }
    }
}
