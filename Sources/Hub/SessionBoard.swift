internal import EventLoop
internal import FeatureKit
internal import Model
internal import Telemetry

/// The open streams of all loops, looked at from outside. Each loop shows some hundreds at a time and does other things in
/// between.
struct SessionBoard: LiveSessions {
    let nodes: [LoopNode]

    /// Sessions that one turn of a loop looks at.
    private static let slice = 512

    func list(_ request: LiveSessionRequest) async -> LiveSessionPage {
        var selection = SessionSelection(request)
        for node in nodes {
            for session in await gather(request, from: node) { selection.show(session) }
        }
        return LiveSessionPage(sessions: selection.take(), total: nodes.first?.sessionGauge.value ?? 0)
    }

    func close(_ id: SessionID) async -> Bool {
        for node in nodes where await find(id, in: node, below: nil) { return true }
        return false
    }

    func closeAll(where isOver: @escaping @Sendable (Credential) -> Bool) async {
        for node in nodes { await node.loop.run { node.endSessions(where: isOver) } }
    }

    func endWatches(of group: GroupID, by user: UserID?) async {
        let departed: Departed = user.map { .from(group, $0) } ?? .everybody(from: group)
        for node in nodes { await node.loop.run { node.endWatches(of: departed) } }
    }

    private func gather(_ request: LiveSessionRequest, from node: LoopNode) async -> [LiveSession] {
        await withCheckedContinuation { continuation in
            let walk = SessionWalk(node: node, request: request) { continuation.resume(returning: $0) }
            node.loop.execute { walk.step() }
        }
    }

    /// Sessions leave by having the last take their place, so that a walk downwards misses none that stays.
    private func find(_ id: SessionID, in node: LoopNode, below bound: Int?) async -> Bool {
        var bound = bound
        repeat {
            let (isClosed, next): (Bool, Int) = await node.loop.run { [bound] in
                let sessions = node.sessions
                var index = min(bound ?? sessions.count, sessions.count)
                let end = max(0, index - SessionBoard.slice)
                while index > end {
                    index -= 1
                    guard sessions[index].id == id else { continue }
                    sessions[index].closedByAdministrator()
                    return (true, 0)
                }
                return (false, index)
            }
            if isClosed { return true }
            bound = next
        } while bound != 0
        return false
    }

    /// One walk over one loop's sessions.
    ///
    /// `@unchecked Sendable`: after it was made, touched on the node's loop only.
    private final class SessionWalk: @unchecked Sendable {
        private let node: LoopNode
        private var selection: SessionSelection
        private var bound: Int?
        private let onEnd: ([LiveSession]) -> Void

        init(node: LoopNode, request: LiveSessionRequest, onEnd: @escaping ([LiveSession]) -> Void) {
            self.node = node
            selection = SessionSelection(request)
            self.onEnd = onEnd
        }

        func step() {
            let sessions = node.sessions
            var index = min(bound ?? sessions.count, sessions.count)
            let end = max(0, index - SessionBoard.slice)
            while index > end {
                index -= 1
                if selection.wants(sessions[index].id) { selection.show(sessions[index].summary) }
            }
            bound = index
            guard index > 0 else { return onEnd(selection.take()) }
            node.loop.execute { [self] in step() }
        }
    }
}
