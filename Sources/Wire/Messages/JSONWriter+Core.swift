package import Model

/// The core's values as JSON.
extension JSONWriter {
    /// The members of a fix, those it has.
    package mutating func members(of fix: Fix) {
        append(upTo: FixText.room(for: fix)) { $0.append(membersOf: fix) }
    }

    /// A device and where it is, as one object.
    mutating func position(of device: DeviceID, _ fix: Fix) {
        append(upTo: FixText.room(for: fix) + FixText.deviceRoom) { output in
            output.append(literal: "{\"deviceId\":\"")
            output.append(uniqueID: device.rawValue)
            output.append(literal: "\",")
            output.append(membersOf: fix)
            output.append(UInt8(ascii: "}"))
        }
    }

    package mutating func value(_ fix: Fix) {
        beginObject()
        members(of: fix)
        endObject()
    }

    package mutating func value(_ member: GroupMember) {
        groupMember(member.device, member.displayName, member.presence, member.lastFix)
    }

    /// A device of a group as the others are shown it; an `invisible` presence is written `offline`.
    package mutating func groupMember(
        _ device: DeviceID, _ displayName: String, _ presence: Presence, _ lastFix: Fix?
    ) {
        beginObject()
        member("deviceId", device.rawValue)
        member("displayName", displayName)
        members(of: presence)
        if let lastFix {
            name("lastLocation")
            value(lastFix)
        } else {
            null("lastLocation")
        }
        endObject()
    }

    package mutating func members(of presence: Presence) {
        name("status")
        value(presence.status.shown)
        member("note", presence.note)
        member("lastSeenAt", presence.lastSeenAt)
    }

    package mutating func value(_ status: PresenceStatus) {
        switch status {
        case .online: value(literal: "online")
        case .away: value(literal: "away")
        case .busy: value(literal: "busy")
        case .invisible: value(literal: "invisible")
        case .offline: value(literal: "offline")
        }
    }

    /// `details` as rule 3 of the contract has them; left out when there are none.
    package mutating func details(_ errors: [FieldError]) {
        guard !errors.isEmpty else { return }
        array("details", of: errors) { json, error in
            json.object {
                $0.member("field", error.field)
                $0.member("message", error.message)
            }
        }
    }

    /// What stands in a message's `type`, and what a message begins with.
    mutating func begin(_ type: StaticString, re: Int64? = nil) {
        beginObject()
        name("type")
        value(literal: type)
        member("re", re)
    }
}
