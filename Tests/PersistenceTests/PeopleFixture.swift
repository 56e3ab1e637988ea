import EventLoop
import Model
import Persistence

/// People of a test, as rows.
extension PersistenceFixture {
    var people: PostgresPeopleStore { PostgresPeopleStore(database: database) }
    var groups: PostgresGroupStore { PostgresGroupStore(database: database) }

    /// Somebody who is called that.
    func makeUser(_ name: String) async throws -> UserID {
        let id = UserID(.version7(at: .now))
        try await query(
            "INSERT INTO core.users (id, username, username_key, display_name) VALUES ($1::uuid, $2::text, $2::text, $2::text)",
            id.rawValue, name)
        return id
    }

    /// A group that `owner` makes and the others are put into.
    func makeGroup(
        _ name: String, by owner: UserID, with others: [UserID] = [], as role: GroupRole = .member
    ) async throws -> GroupID {
        guard let group = GroupID(name) else { preconditionFailure("a test's group has a good name") }
        guard try await groups.make(group, named: name, by: owner, membershipLimit: 100, at: .now) == nil else {
            preconditionFailure("a test's group is new")
        }
        for other in others { try await put(other, into: group, as: role) }
        return group
    }

    func put(_ user: UserID, into group: GroupID, as role: GroupRole = .member) async throws {
        try await query(
            "INSERT INTO core.group_members (group_id, user_id, role) VALUES ($1::text, $2::uuid, $3::text)",
            group.rawValue, user.rawValue, role.rawValue)
    }

    /// The roles of a group's members, by their ids.
    func roles(in group: GroupID) async throws -> [UserID: GroupRole] {
        let rows = try await query(
            "SELECT user_id, role FROM core.group_members WHERE group_id = $1::text", group.rawValue
        ).rows
        var roles: [UserID: GroupRole] = [:]
        for row in rows {
            guard let id = row.uniqueID(0), let role = row.text(1).flatMap(GroupRole.init) else { continue }
            roles[UserID(id)] = role
        }
        return roles
    }
}

/// Runs calls at the same time; what they return is in their order.
func atOnce<Value: Sendable>(
    _ count: Int, _ call: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
        for index in 0..<count { group.addTask { (index, try await call(index)) } }
        var values: [Int: Value] = [:]
        for try await (index, value) in group { values[index] = value }
        return (0..<count).compactMap { values[$0] }
    }
}
