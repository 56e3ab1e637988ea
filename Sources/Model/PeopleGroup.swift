/// A group of people as one who is in it sees it.
package struct PeopleGroup: Hashable, Sendable {
    package var id: GroupID
    /// 1 to 100 characters.
    package var name: String
    /// Of who asked.
    package var role: GroupRole
    /// People, 1 or more.
    package var memberCount: Int
    package var createdAt: Timestamp

    package init(id: GroupID, name: String, role: GroupRole, memberCount: Int, createdAt: Timestamp) {
        self.id = id
        self.name = name
        self.role = role
        self.memberCount = memberCount
        self.createdAt = createdAt
    }
}

/// Somebody in a group, as the others see them.
package struct PeopleGroupMember: Hashable, Sendable {
    package var person: Person
    package var role: GroupRole
    package var joinedAt: Timestamp
    /// Their active devices in the group, by id.
    package var devices: [DeviceID]

    package init(person: Person, role: GroupRole, joinedAt: Timestamp, devices: [DeviceID]) {
        self.person = person
        self.role = role
        self.joinedAt = joinedAt
        self.devices = devices
    }
}
