import Actors
import Model
import Testing
import Wire

/// A watcher that gets packed frames and reads them as a client does.
///
/// Confined to its loop: every method is called by whoever moves that.
final class PackedWatcher: ShowingObserver, @unchecked Sendable {
    let dialect = Dialect.packed
    var isStalled = false
    private(set) var shown: [DeviceID: ShownMember] = [:]
    private(set) var received: [HubMessage] = []
    private var decoder = PackedHubMessageDecoder()
    private var admission = Admission.accepted

    func reply(_ admission: Admission) { self.admission = admission }

    func deliver(_ frame: [UInt8], of group: GroupID) -> Admission {
        #expect(!isStalled, "nothing is delivered to one that waits")
        if admission != .accepted { isStalled = true }
        if admission != .dropped { take(frame) }
        return admission
    }

    func take(_ frame: [UInt8]) {
        guard case .message(let message)? = try? decoder.decode(frame) else {
            Issue.record("a frame that builds on something never told")
            return
        }
        received.append(message)
        switch message {
        case .snapshot(let snapshot):
            shown = Dictionary(uniqueKeysWithValues: snapshot.members.map { ($0.device, ShownMember($0)) })
        case .positions(_, let positions):
            for position in positions {
                if let known = shown[position.device]?.fix {
                    #expect(position.fix.capturedAt >= known.capturedAt, "nothing older is delivered after newer")
                }
                #expect(shown[position.device] != nil, "a position of one who is no member")
                shown[position.device]?.fix = position.fix
            }
        case .presence(let change):
            shown[change.device]?.status = change.presence.status
            shown[change.device]?.note = change.presence.note
        case .member(let change):
            if change.kind == .left {
                shown[change.device] = nil
            } else if let state = change.state {
                var known = shown[change.device] ?? ShownMember(state)
                known.displayName = state.displayName
                shown[change.device] = known
            }
        default: Issue.record("not a frame of a group")
        }
    }

    func takeReceived() -> [HubMessage] {
        defer { received = [] }
        return received
    }
}

extension ShownMember {
    fileprivate init(_ member: GroupMember) {
        self.init(displayName: member.displayName, presence: member.presence, fix: member.lastFix)
    }
}
