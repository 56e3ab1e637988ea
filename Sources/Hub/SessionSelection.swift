internal import FeatureKit
internal import Model

/// Keeps the sessions that come first in an order, of any number that are shown to it; touches no loop.
///
/// A session may be shown twice, because others left while the list was walked.
struct SessionSelection: ~Copyable {
    private let request: LiveSessionRequest
    private var kept: [SessionID: LiveSession] = [:]

    init(_ request: LiveSessionRequest) {
        precondition(request.limit > 0, "a page has an entry at least")
        self.request = request
    }

    /// Whether a session of that id could belong to the page, before anything else is asked of it.
    func wants(_ id: SessionID) -> Bool {
        guard request.order == .id, let after = request.after else { return true }
        return after.rawValue < id.rawValue
    }

    mutating func show(_ session: LiveSession) {
        guard wants(session.id) else { return }
        kept[session.id] = session
        // Now and then, so that it costs next to nothing a session.
        if kept.count >= max(2 * request.limit, 64) { prune() }
    }

    /// The page, in order.
    mutating func take() -> [LiveSession] {
        defer { kept = [:] }
        return Array(kept.values.sorted(by: request.order.puts(_:before:)).prefix(request.limit))
    }

    private mutating func prune() {
        guard kept.count > request.limit else { return }
        for session in kept.values.sorted(by: request.order.puts(_:before:)).dropFirst(request.limit) {
            kept[session.id] = nil
        }
    }

}

extension LiveSessionRequest.Order {
    /// Whether `left` comes before `right`: the greatest first; where that is equal, and by id, the oldest.
    fileprivate func puts(_ left: LiveSession, before right: LiveSession) -> Bool {
        let (first, second) = (weight(of: left), weight(of: right))
        return first == second ? left.id.rawValue < right.id.rawValue : first > second
    }

    private func weight(of session: LiveSession) -> UInt64 {
        switch self {
        case .id: 0
        case .queued: UInt64(session.queuedBytes)
        case .bytesIn: session.traffic.bytesIn
        case .bytesOut: session.traffic.bytesOut
        case .messagesIn: UInt64(session.traffic.messagesIn)
        case .messagesOut: UInt64(session.traffic.messagesOut)
        }
    }
}
