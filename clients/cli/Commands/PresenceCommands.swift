import Wire

/// How people are, and whom one does not want to hear of.
enum PresenceCommands {
    static let all = [presence, who, block, unblock, blocks]

    static let presence = Command(
        name: "presence", summary: "tell the others how you are",
        discussion: ["Invisible looks like offline to them."],
        operands: [
            Operand("STATUS", "online, away, busy or invisible"),
            Operand("NOTE", required: false, "a few words, at most 140 characters"),
        ],
        run: { invocation in
            let operands = invocation.arguments.operands
            guard ["online", "away", "busy", "invisible"].contains(operands[0]) else {
                throw CommandFailure.usage("STATUS is online, away, busy or invisible")
            }
            let note = operands.count > 1 ? operands[1] : nil
            if let note, note.unicodeScalars.count > 140 {
                throw CommandFailure.usage("NOTE has at most 140 characters")
            }
            _ = try invocation.person().bytes(
                .put, "/api/v1/presence",
                .object([
                    ("status", .string(operands[0])), ("note", JSONText.optional(note.map(JSONText.string))),
                ]))
            Output.line("you are \(operands[0])")
            return .ok
        })

    static let who = Command(
        name: "who", summary: "see how the people are with whom you share a group or a conversation",
        operands: [Operand("WHERE", required: false, "only those of this group or conversation")],
        options: [PersonCommands.json],
        run: { invocation in
            let api = try invocation.person()
            var names: [String: String] = [:]
            if let place = invocation.arguments.operands.first {
                names = try people(of: place, api)
            } else {
                for group in try api.list("/api/v1/groups", "groups") {
                    names.merge(try members(of: group, api)) { $1 }
                }
                for conversation in try api.list("/api/v1/conversations?limit=100", "conversations") {
                    guard conversation["kind"]?.string != "location", let id = conversation["id"]?.string else {
                        continue
                    }
                    names.merge(try ChatPeople.names(PersonAPI.escaped(id), api)) { $1 }
                }
            }
            let presences = try ChatPeople.presences(of: names.keys.sorted(), api)
            let entries = names.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.compactMap { id, name in
                presences[id].map { presence in
                    JSONValue.object([
                        .init(name: "userId", value: .string(id)), .init(name: "displayName", value: .string(name)),
                        .init(name: "status", value: .string(presence.status)),
                        .init(name: "note", value: presence.note.map { .string($0) } ?? .null),
                    ])
                }
            }
            return PersonCommands.list(entries, "people", invocation, columns: ["NAME", "STATUS", "NOTE"]) { entry in
                [entry["displayName"]?.string ?? "", entry["status"]?.string ?? "", entry["note"]?.string ?? ""]
            }
        })

    /// The names of a group's or, where there is none of that id, a conversation's people.
    private static func people(of place: String, _ api: PersonAPI) throws(CommandFailure) -> [String: String] {
        let groups = try api.list("/api/v1/groups", "groups")
        if let group = groups.first(where: { $0["id"]?.string == place || $0["name"]?.string == place }) {
            return try members(of: group, api)
        }
        let conversation = try ConversationName.resolve(place, api)
        return try ChatPeople.names(PersonAPI.escaped(conversation["id"]?.string ?? ""), api)
    }

    private static func members(of group: JSONValue, _ api: PersonAPI) throws(CommandFailure) -> [String: String] {
        let path = "/api/v1/groups/\(PersonAPI.escaped(group["id"]?.string ?? ""))"
        return (try api.call(.get, path)["members"]?.array ?? []).reduce(into: [:]) { names, member in
            guard let id = member["userId"]?.string?.lowercased() else { return }
            names[id] = member["displayName"]?.string ?? member["username"]?.string ?? id
        }
    }

    // MARK: Blocking

    private static let person = Operand("PERSON", "@username or an id")

    static let block = Command(
        name: "block", summary: "hear no more of a person, who cannot tell", operands: [person],
        run: { invocation in
            let api = try invocation.person()
            let person = try PersonName.resolve(invocation.arguments.operands[0], api)
            _ = try api.bytes(.post, "/api/v1/blocks", .object([("userId", .string(person.id))]))
            Output.line("\(person.name) is blocked")
            return .ok
        })

    static let unblock = Command(
        name: "unblock", summary: "hear of a blocked person again", operands: [person],
        run: { invocation in
            let api = try invocation.person()
            let text = invocation.arguments.operands[0]
            // A look-up may not tell of somebody who is blocked, so the list of blocks is asked first.
            let name = (text.hasPrefix("@") ? String(text.dropFirst()) : text).lowercased()
            let known = try api.list("/api/v1/blocks", "blocks").first { $0["username"]?.string?.lowercased() == name }
            let id = try known?["userId"]?.string ?? known?["id"]?.string ?? PersonName.resolve(text, api).id
            _ = try api.bytes(.delete, "/api/v1/blocks/\(PersonAPI.escaped(id))")
            Output.line("\(PlainText.line(text)) is no longer blocked")
            return .ok
        })

    static let blocks = Command(
        name: "blocks", summary: "list whom you have blocked", options: [PersonCommands.json],
        run: { invocation in
            let entries = try invocation.person().list("/api/v1/blocks", "blocks")
            return PersonCommands.list(entries, "blocks", invocation, columns: ["NAME", "USERNAME", "ID"]) { entry in
                [
                    entry["displayName"]?.string ?? "", "@\(entry["username"]?.string ?? "")",
                    entry["userId"]?.string ?? entry["id"]?.string ?? "",
                ]
            }
        })
}
