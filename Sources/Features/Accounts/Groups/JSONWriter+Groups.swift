internal import Model
internal import Wire

extension JSONWriter {
    /// A group's own members, without braces.
    mutating func members(of group: PeopleGroup) {
        member("id", group.id.rawValue)
        member("name", group.name)
        member("role", group.role.rawValue)
        member("memberCount", group.memberCount)
        member("createdAt", group.createdAt)
    }

    /// Somebody in a group.
    mutating func value(_ member: PeopleGroupMember) {
        object { json in
            json.member("userId", member.person.id.rawValue)
            json.member("username", member.person.username)
            json.member("displayName", member.person.displayName)
            json.member("role", member.role.rawValue)
            json.member("joinedAt", member.joinedAt)
            json.array("devices", of: member.devices) { $0.value($1.rawValue) }
        }
    }
}
