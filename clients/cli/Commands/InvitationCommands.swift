import Model
import Wire

/// Invitations to groups: sending, taking and refusing them.
enum InvitationCommands {
    static let all = [invite, invitations, revoke, join, decline]

    static let invite = Command(
        name: "invite", summary: "invite people to a group, by a code or by name",
        discussion: ["Prints a code that 'hubctl join' takes. With --to it goes to that person, who sees it listed."],
        operands: [Operand("GROUP", "the group's id")],
        options: [
            Option("uses", .value("N"), "how many may join by it, 1 to 100; 1 if not given"),
            Option("expires", .value("TIME"), "how long it is good, at most 720h; 7 days if not given"),
            Option("role", .value("ROLE"), "member or admin; member if not given"),
            Option("to", .value("USERNAME"), "send it to this person"), PersonCommands.json,
        ],
        run: { invocation in
            let arguments = invocation.arguments
            var members: [(String, JSONText)] = []
            if let uses = try arguments.integer("uses", in: 1...100) { members.append(("maxUses", .integer(uses))) }
            if let time = try arguments.duration("expires") {
                guard time >= .seconds(1), time <= .seconds(30 * 86_400) else {
                    throw CommandFailure.usage("--expires must be 1s to 720h")
                }
                members.append(("expiresIn", .integer(Int(time.components.seconds))))
            }
            if let role = arguments.text("role") { members.append(("role", .string(role))) }
            if let name = arguments.text("to") {
                members.append(("username", .string(name.hasPrefix("@") ? String(name.dropFirst()) : name)))
            }
            let answer = try invocation.person().call(
                .post, try GroupCommands.path(invocation) + "/invitations", .object(members))
            let sent = arguments.text("to").map { "the invitation goes to \($0)" }
            let code = "\(answer["code"]?.string ?? "")  until \(answer["expiresAt"]?.string ?? "")"
            return PersonCommands.answer(answer, invocation, PlainText.line(sent ?? code))
        })

    static let invitations = Command(
        name: "invitations", summary: "list the invitations sent to you, or those of a group",
        operands: [Operand("GROUP", required: false, "the group's id; yours if not given")],
        options: [PersonCommands.json],
        run: { invocation in
            let api = try invocation.person()
            guard !invocation.arguments.operands.isEmpty else {
                let entries = try api.list("/api/v1/invitations", "invitations")
                return PersonCommands.list(
                    entries, "invitations", invocation, columns: ["GROUP", "FROM", "CODE", "EXPIRES"]
                ) { entry in
                    [
                        entry["groupName"]?.string ?? "", entry["invitedBy"]?["displayName"]?.string ?? "",
                        entry["code"]?.string ?? "", entry["expiresAt"]?.string ?? "",
                    ]
                }
            }
            let entries = try api.list(try GroupCommands.path(invocation) + "/invitations", "invitations")
            return PersonCommands.list(
                entries, "invitations", invocation, columns: ["CODE", "TO", "USED", "OF", "EXPIRES", "ID"]
            ) { entry in
                [
                    entry["code"]?.string ?? "", entry["username"]?.string ?? "", String(entry["uses"]?.integer ?? 0),
                    entry["maxUses"]?.integer.map { String($0) } ?? "", entry["expiresAt"]?.string ?? "",
                    entry["id"]?.string ?? "",
                ]
            }
        })

    static let revoke = Command(
        name: "invitations revoke", summary: "take an invitation back",
        operands: [
            Operand("GROUP", "the group's id"), Operand("INVITATION", "its id, as 'hubctl invitations' lists it"),
        ],
        run: { invocation in
            let id = PersonAPI.escaped(invocation.arguments.operands[1])
            _ = try invocation.person().bytes(.delete, try GroupCommands.path(invocation) + "/invitations/\(id)")
            Output.line("it is taken back")
            return .ok
        })

    static let join = Command(
        name: "join", summary: "join a group by the code of an invitation",
        operands: [Operand("CODE", "the code; upper and lower case are the same")],
        options: [Option("show", "only show what it invites to"), PersonCommands.json],
        run: { invocation in
            let api = try invocation.person()
            let path = "/api/v1/invitations/\(PersonAPI.escaped(invocation.arguments.operands[0]))"
            if invocation.arguments.has("show") {
                let answer = try api.call(.get, path)
                let by = answer["invitedBy"]?["displayName"]?.string ?? ""
                return PersonCommands.answer(
                    answer, invocation,
                    PlainText.line(
                        "\(answer["groupName"]?.string ?? ""), \(answer["memberCount"]?.integer ?? 0) members, from \(by), "
                            + "until \(answer["expiresAt"]?.string ?? "")"))
            }
            let group = try api.call(.post, path + "/join")
            return PersonCommands.answer(
                group, invocation,
                PlainText.line("you are in \(group["name"]?.string ?? "") now; its id is \(group["id"]?.string ?? "")"))
        })

    static let decline = Command(
        name: "decline", summary: "refuse an invitation that was sent to you",
        operands: [Operand("CODE", "the code, as 'hubctl invitations' lists it")],
        run: { invocation in
            let code = PersonAPI.escaped(invocation.arguments.operands[0])
            _ = try invocation.person().bytes(.post, "/api/v1/invitations/\(code)/decline")
            Output.line("it is declined")
            return .ok
        })
}
