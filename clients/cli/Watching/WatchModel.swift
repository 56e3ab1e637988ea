import Glibc
import Model
import Wire

/// What a watcher knows of a group: the members as the hub last told of them.
struct WatchModel: Hashable, Sendable {
    struct Member: Hashable, Sendable {
        var name: String
        var presence: Presence
        var fix: Fix?
        /// m/s: the phone's own word, or worked out from the last two positions.
        var speed: Double?
    }

    let group: GroupID
    private(set) var members: [DeviceID: Member] = [:]
    /// How far the hub's clock is ahead of ours.
    private(set) var clockOffset = Duration.zero

    init(group: GroupID) { self.group = group }

    /// Takes a message in.
    ///
    /// - Parameter now: Our clock.
    /// - Returns: The devices it changed, in the message's order; none for what is not of the group's state.
    mutating func apply(_ message: HubMessage, at now: Timestamp) -> [DeviceID] {
        switch message {
        case .welcome(let welcome):
            clockOffset = now.duration(to: welcome.serverTime)
            return []
        case .snapshot(let snapshot) where snapshot.group == group:
            let before = members
            members = [:]
            for member in snapshot.members { take(member, before: before[member.device]) }
            return snapshot.members.map(\.device)
        case .positions(let positionsGroup, let positions) where positionsGroup == group:
            return positions.compactMap { move($0) ? $0.device : nil }
        case .presence(let change) where change.group == group:
            guard members[change.device] != nil else { return [] }
            members[change.device]?.presence = change.presence
            return [change.device]
        case .member(let change) where change.group == group:
            if change.kind == .left {
                members[change.device] = nil
            } else if let state = change.state {
                take(state, before: members[change.device])
            } else if members[change.device] != nil {
                members[change.device]?.name = PlainText.line(change.displayName)
            } else {
                members[change.device] = Member(
                    name: PlainText.line(change.displayName), presence: Presence(status: .offline, lastSeenAt: now))
            }
            return [change.device]
        default: return []
        }
    }

    /// The members in the order of their names.
    var sorted: [(device: DeviceID, member: Member)] {
        members.map { ($0.key, $0.value) }
            .sorted { ($0.1.name.lowercased(), $0.0) < ($1.1.name.lowercased(), $1.0) }
    }

    private mutating func take(_ member: GroupMember, before: Member?) {
        members[member.device] = Member(
            name: PlainText.line(member.displayName), presence: member.presence, fix: member.lastFix,
            speed: member.lastFix?.speed ?? before?.speed)
    }

    /// Moves a member; an older position than the known one changes nothing.
    private mutating func move(_ position: DevicePosition) -> Bool {
        guard var member = members[position.device] else { return false }
        if let last = member.fix {
            guard last.capturedAt <= position.fix.capturedAt else { return false }
            let elapsed = last.capturedAt.duration(to: position.fix.capturedAt) / .seconds(1)
            if elapsed >= 0.5, elapsed <= 120 {
                member.speed = WatchModel.metres(from: last, to: position.fix) / elapsed
            }
        }
        if let speed = position.fix.speed { member.speed = speed }
        member.fix = position.fix
        member.presence.lastSeenAt = max(member.presence.lastSeenAt, position.fix.capturedAt)
        members[position.device] = member
        return true
    }

    /// On a sphere, good to half a per cent.
    static func metres(from start: Fix, to end: Fix) -> Double {
        let radians = Double.pi / 180
        let middle = (start.latitude + end.latitude) / 2 * radians
        var turn = end.longitude - start.longitude
        if turn > 180 { turn -= 360 } else if turn < -180 { turn += 360 }
        return hypot((end.latitude - start.latitude) * radians, turn * radians * cos(middle)) * 6_371_000
    }
}
