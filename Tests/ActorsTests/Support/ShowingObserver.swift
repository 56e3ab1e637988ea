import Actors
import Model

/// An observer with a view of the group, as a client has one: what it shows follows from the frames alone.
///
/// Confined to its loop: every method is called by whoever moves that.
protocol ShowingObserver: GroupObserver {
    /// What it answers to every frame from now on.
    func reply(_ admission: Admission)
    /// The last answer was not `accepted`, and nobody reported the watcher drained since.
    var isStalled: Bool { get set }
    var shown: [DeviceID: ShownMember] { get }
}

/// What can be seen of a member.
struct ShownMember: Hashable {
    var displayName: String
    var status: PresenceStatus
    var note: String?
    var fix: Fix?

    init(displayName: String, presence: Presence, fix: Fix?) {
        self.displayName = displayName
        status = presence.status
        note = presence.note
        self.fix = fix
    }

    init(_ member: LiveMember) {
        self.init(displayName: member.device.displayName, presence: member.presence, fix: member.fix)
    }
}

extension Watcher: ShowingObserver {
    func reply(_ admission: Admission) { answer = { _ in admission } }

    var shown: [DeviceID: ShownMember] { members.mapValues { ShownMember($0) } }
}
