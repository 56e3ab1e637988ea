internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Wire

/// The answer to one upload, given once: after the commit, a refusal, or the time that an upload may wait.
///
/// `@unchecked Sendable`: what is not constant is touched on the connection's loop only; the methods go there.
final class LocationUploadReply: FixReceiver, @unchecked Sendable {
    private let loop: Loop
    private let requestID: String
    /// Nothing once the request is over: the journal holds this reply until the fixes are stored, which may be long after
    /// the client was told to come back, and must not hold the request with it.
    private var responder: HTTPResponder?
    private let count: Int
    private var timer: LoopTimer?
    private var search: Task<Void, Never>?

    /// On the connection's loop.
    ///
    /// - Parameter timeout: After which the answer is 503; the fixes may still be stored, and sending them again is
    ///   harmless.
    init(to request: RouteRequest, through responder: HTTPResponder, count: Int, timeout: Duration) {
        loop = request.loop
        requestID = request.id
        self.responder = responder
        self.count = count
        timer = request.loop.schedule(after: timeout) { [weak self] in self?.answer { .databaseUnavailable } }
        responder.onAbandoned = { [weak self] in self?.finish() }
    }

    /// Runs `work` for as long as somebody waits for the answer. On the connection's loop.
    func search(_ work: @escaping @Sendable () async -> Void) {
        guard responder != nil else { return }
        // Owned by this reply, which ends it when the request is over.
        search = Task(executorPreference: loop) { await work() }
    }

    /// Any thread.
    func fail(_ problem: Problem) {
        CoreFeature.go(to: loop) { self.answer { problem } }
    }

    func fixesCommitted(token: UInt64) {
        CoreFeature.go(to: loop) { self.answer { nil } }
    }

    func fixesRefused(token: UInt64, _ refusal: FixRefusal) {
        switch refusal {
        case .deviceUnknown: fail(.deviceNotFound)
        case .rowRefused: fail(.internal)
        case .stopping: fail(.databaseUnavailable)
        }
    }

    private func answer(_ problem: () -> Problem?) {
        guard let responder else { return }
        finish()
        if let problem = problem() {
            responder.respond(problem.response(requestID: requestID))
        } else {
            responder.respond(.json(ResponseEncoder.processed(count)))
        }
    }

    private func finish() {
        responder?.onAbandoned = nil
        responder = nil
        timer = nil
        search?.cancel()
        search = nil
    }
}
