internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Wire

/// The answer to one upload, given once: after the commit, a refusal, or the time that an upload may wait.
///
/// `@unchecked Sendable`: what is not constant is touched on the connection's loop only; the methods go there.
final class LocationUploadReply: FixReceiver, @unchecked Sendable {
    private let request: RouteRequest
    private let responder: HTTPResponder
    private let count: Int
    private var timer: LoopTimer?
    private var search: Task<Void, Never>?
    private var isAnswered = false

    /// On the connection's loop.
    ///
    /// - Parameter timeout: After which the answer is 503; the fixes may still be stored, and sending them again is
    ///   harmless.
    init(to request: RouteRequest, through responder: HTTPResponder, count: Int, timeout: Duration) {
        self.request = request
        self.responder = responder
        self.count = count
        timer = request.loop.schedule(after: timeout) { [weak self] in self?.answer { .databaseUnavailable } }
        responder.onAbandoned = { [weak self] in self?.finish() }
    }

    /// Runs `work` for as long as somebody waits for the answer. On the connection's loop.
    func search(_ work: @escaping @Sendable () async -> Void) {
        // Owned by this reply, which ends it when the request is over.
        search = Task { await work() }
    }

    /// Any thread.
    func fail(_ problem: Problem) {
        CoreFeature.go(to: request.loop) { self.answer { problem } }
    }

    func fixesCommitted(token: UInt64) {
        CoreFeature.go(to: request.loop) { self.answer { nil } }
    }

    func fixesRefused(token: UInt64, _ refusal: FixRefusal) {
        switch refusal {
        case .deviceUnknown: fail(.deviceNotFound)
        case .rowRefused: fail(.internal)
        case .stopping: fail(.databaseUnavailable)
        }
    }

    private func answer(_ problem: () -> Problem?) {
        guard !isAnswered else { return }
        finish()
        if let problem = problem() {
            responder.fail(problem, for: request)
        } else {
            responder.respond(.json(ResponseEncoder.processed(count)))
        }
    }

    private func finish() {
        isAnswered = true
        timer = nil
        search?.cancel()
        search = nil
        responder.onAbandoned = nil
    }
}
