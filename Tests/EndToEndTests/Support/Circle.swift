import Model
import Wire

/// A group of people as a test makes and uses it.
struct Circle: Sendable {
    let id: GroupID
    let owner: TestPerson

    /// A group of `owner`'s that nobody else uses, and whom they let in.
    ///
    /// - Parameter loop: On which loop of a hub with two it is to live; any if `nil`.
    static func make(
        by owner: TestPerson, with others: [TestPerson] = [], on loop: Int? = nil
    ) async throws -> Circle {
        let id = GroupID.fresh("circle", onLoop: loop)
        let answer = try await owner.post("/api/v1/groups", #"{"id":"\#(id)","name":"Circle"}"#)
        guard answer.status == 201 else { throw UnexpectedAnswer(answer: answer) }
        let circle = Circle(id: id, owner: owner)
        for other in others { try await circle.admit(other) }
        return circle
    }

    var path: String { "/api/v1/groups/\(id)" }

    /// Invites somebody, who joins.
    func admit(_ person: TestPerson, as role: String = "member") async throws {
        let code = try await code(#"{"role":"\#(role)"}"#)
        let answer = try await person.post("/api/v1/invitations/\(code)/join", "")
        guard answer.status == 200 else { throw UnexpectedAnswer(answer: answer) }
    }

    /// A code that lets people in.
    func code(_ wishes: String = "{}") async throws -> String {
        let answer = try await owner.post("\(path)/invitations", wishes)
        guard answer.status == 201, let code = answer.json["code"]?.string else {
            throw UnexpectedAnswer(answer: answer)
        }
        return code
    }

    func remove(_ person: TestPerson) async throws {
        let answer = try await owner.delete("\(path)/members/\(person.id)")
        guard answer.status == 204 else { throw UnexpectedAnswer(answer: answer) }
    }

    /// The members' roles by their names, as `person` sees them; nothing for who is not in it.
    func roles(seenBy person: TestPerson) async throws -> [String: String]? {
        let answer = try await person.get(path)
        guard answer.status == 200 else { return nil }
        var roles: [String: String] = [:]
        for member in answer.json["members"]?.array ?? [] {
            roles[member["username"]?.string ?? ""] = member["role"]?.string
        }
        return roles
    }
}

extension TestPerson {
    /// Registers a device of this person's, which must succeed.
    @discardableResult
    func register(_ device: DeviceID = .random(), in group: GroupID) async throws -> DeviceID {
        let answer = try await tryRegister(device, in: group)
        guard answer.status == 200 else { throw UnexpectedAnswer(answer: answer) }
        return device
    }

    func tryRegister(_ device: DeviceID, in group: GroupID) async throws -> HTTPAnswer {
        try await post(
            "/api/v1/devices/register", #"{"deviceId":"\#(device)","displayName":"Phone","groupId":"\#(group)"}"#)
    }

    /// Reports where a device is, as this person.
    func report(_ fix: Fix = .sample(), of device: DeviceID) async throws -> HTTPAnswer {
        try await post("/api/v1/locations", Uploads.one(of: device, fix))
    }
}
