import Model
import Wire

/// `groups …`: the groups a person is in.
enum GroupCommands {
    static let all = [list, create, show, rename, leave, remove, role, handOver, dissolve]

    private static let group = Operand("GROUP", "the group's id")
    private static let person = Operand("PERSON", "@username or the id of a member")

    static let list = Command(
        name: "groups", summary: "list your groups", options: [PersonCommands.json],
        run: { invocation in
            let entries = try invocation.person().list("/api/v1/groups", "groups")
            return PersonCommands.list(
                entries, "groups", invocation, columns: ["NAME", "GROUP", "ROLE", "MEMBERS"]
            ) { entry in
                [
                    entry["name"]?.string ?? "", entry["id"]?.string ?? "", entry["role"]?.string ?? "",
                    entry["memberCount"]?.integer.map { String($0) } ?? "",
                ]
            }
        })

    static let create = Command(
        name: "groups create", summary: "make a group", operands: [Operand("NAME", "what it is called")],
        options: [Option("id", .value("ID"), "its id; the hub makes one if not given"), PersonCommands.json],
        run: { invocation in
            var members: [(String, JSONText)] = [("name", .string(invocation.arguments.operands[0]))]
            if let id = invocation.arguments.text("id") {
                members.append(("id", .string(try DeviceCommands.group(id).description)))
            }
            let answer = try invocation.person().call(.post, "/api/v1/groups", .object(members))
            return PersonCommands.answer(
                answer, invocation,
                PlainText.line("\(answer["id"]?.string ?? "")  \(answer["name"]?.string ?? "")  you are its owner"))
        })

    static let show = Command(
        name: "groups show", summary: "list the members of a group", operands: [group], options: [PersonCommands.json],
        run: { invocation in
            let answer = try invocation.person().call(.get, try path(invocation))
            if invocation.arguments.has("json") { return PersonCommands.answer(answer, invocation, "") }
            return PersonCommands.list(
                answer["members"]?.array ?? [], "members", invocation,
                columns: ["NAME", "USERNAME", "ROLE", "JOINED", "ID"]
            ) { entry in
                [
                    entry["displayName"]?.string ?? "", "@\(entry["username"]?.string ?? "")",
                    entry["role"]?.string ?? "", entry["joinedAt"]?.string ?? "", entry["userId"]?.string ?? "",
                ]
            }
        })

    static let rename = Command(
        name: "groups rename", summary: "rename a group", operands: [group, Operand("NAME", "its new name")],
        run: { invocation in
            let name = invocation.arguments.operands[1]
            _ = try invocation.person().bytes(.patch, try path(invocation), .object([("name", .string(name))]))
            Output.line("it is called '\(PlainText.line(name))' now")
            return .ok
        })

    static let leave = Command(
        name: "groups leave", summary: "leave a group",
        discussion: ["An owner hands it over first; the last member dissolves it by leaving."], operands: [group],
        run: { invocation in
            _ = try invocation.person().bytes(.post, try path(invocation) + "/leave")
            Output.line("you have left \(invocation.arguments.operands[0])")
            return .ok
        })

    static let remove = Command(
        name: "groups remove", summary: "remove a member from a group", operands: [group, person],
        run: { invocation in
            let (api, member) = try member(invocation)
            _ = try api.bytes(.delete, try path(invocation) + "/members/\(member.id)")
            Output.line("\(member.name) is removed")
            return .ok
        })

    static let role = Command(
        name: "groups role", summary: "make a member an administrator of a group, or a mere member again",
        operands: [group, person, Operand("ROLE", "admin or member")],
        run: { invocation in
            let role = invocation.arguments.operands[2]
            guard role == "admin" || role == "member" else { throw CommandFailure.usage("ROLE is admin or member") }
            let (api, member) = try member(invocation)
            _ = try api.bytes(
                .patch, try path(invocation) + "/members/\(member.id)", .object([("role", .string(role))]))
            Output.line("\(member.name) is \(role) now")
            return .ok
        })

    static let handOver = Command(
        name: "groups hand-over", summary: "make another member the owner of your group", operands: [group, person],
        run: { invocation in
            let (api, member) = try member(invocation)
            _ = try api.bytes(.post, try path(invocation) + "/owner", .object([("userId", .string(member.id))]))
            Output.line("\(member.name) owns it now")
            return .ok
        })

    static let dissolve = Command(
        name: "groups dissolve", summary: "end a group of yours for all its members", operands: [group],
        options: [Option("yes", "do not ask")],
        run: { invocation in
            let path = try path(invocation)
            let api = try invocation.person()
            try PersonCommands.confirm(
                "end \(invocation.arguments.operands[0]) for all its members", invocation.arguments)
            _ = try api.bytes(.delete, path)
            Output.line("\(invocation.arguments.operands[0]) is dissolved")
            return .ok
        })

    /// The path of the group that the first operand names.
    static func path(_ invocation: Invocation) throws(CommandFailure) -> String {
        "/api/v1/groups/\(try DeviceCommands.group(invocation.arguments.operands[0]))"
    }

    /// The member that the second operand names: a member's username is looked up in the group, so that one whom a look-up
    /// does not tell of is found too.
    private static func member(
        _ invocation: Invocation
    ) throws(CommandFailure) -> (api: PersonAPI, member: (id: String, name: String)) {
        let api = try invocation.person()
        let text = invocation.arguments.operands[1]
        guard text.hasPrefix("@") else { return (api, try PersonName.resolve(text, api)) }
        let members = try api.call(.get, try path(invocation))["members"]?.array ?? []
        let name = text.dropFirst().lowercased()
        guard let id = members.first(where: { $0["username"]?.string?.lowercased() == name })?["userId"]?.string else {
            throw .badData("\(PlainText.line(text)) is no member of the group")
        }
        return (api, (id, PlainText.line(text)))
    }
}
