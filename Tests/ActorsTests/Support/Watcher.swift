import Actors
import Model
import Testing

/// An observer with a view of the group, as a client has one: what it shows follows from the frames alone.
///
/// Confined to its loop: every method is called by whoever moves that.
final class Watcher: GroupObserver, @unchecked Sendable {
    private let log: FrameLog
    /// `json` or `deflated`.
    let dialect: Dialect
    private(set) var received: [FrameContent] = []
    private(set) var members: [DeviceID: LiveMember] = [:]
    /// Asked for the answer to every frame.
    var answer: (FrameContent) -> Admission = { _ in .accepted }
    /// The last answer was not `accepted`, and nobody reported the watcher drained since.
    var isStalled = false

    init(_ log: FrameLog, _ dialect: Dialect = .json) {
        self.log = log
        self.dialect = dialect
    }

    func deliver(_ frame: [UInt8], of group: GroupID) -> Admission {
        let content = log.content(of: frame, in: dialect)
        #expect(!isStalled, "nothing is delivered to one that waits")
        let admission = answer(content)
        if admission != .accepted { isStalled = true }
        if admission != .dropped { apply(content) }
        return admission
    }

    func apply(_ content: FrameContent) {
        received.append(content)
        switch content {
        case .snapshot(let snapshot, _):
            for member in snapshot.members { expectNotOlder(member.fix, than: members[member.device.id]?.fix) }
            members = Dictionary(uniqueKeysWithValues: snapshot.members.map { ($0.device.id, $0) })
        case .positions(let positions):
            for position in positions {
                expectNotOlder(position.fix, than: members[position.device]?.fix)
                members[position.device]?.fix = position.fix
            }
        case .presence(let device, let presence):
            members[device]?.presence = presence
        case .member(.joined(let member)), .member(.updated(let member)):
            // As on the wire, this brings the device and not its position.
            var known =
                members[member.device.id]
                ?? LiveMember(number: member.number, device: member.device, presence: member.presence, fix: nil)
            known.device = member.device
            members[member.device.id] = known
        case .member(.left(let device)):
            members[device.id] = nil
        }
    }

    func takeReceived() -> [FrameContent] {
        defer { received = [] }
        return received
    }

    private func expectNotOlder(_ fix: Fix?, than known: Fix?) {
        guard let known else { return }
        #expect(fix.map { $0.capturedAt >= known.capturedAt } ?? false, "nothing older is delivered after newer")
    }
}
