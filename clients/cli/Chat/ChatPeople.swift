import Wire

/// The people of a conversation: names, presence, and how far they have read.
struct ChatPeople: Sendable {
    /// Display names by id.
    var names: [String: String]
    var presences: [String: (status: String, note: String?)] = [:]
    var reads: [String: Int64] = [:]

    /// Asks the hub. Blocks its thread.
    static func load(_ conversation: String, _ api: PersonAPI) throws(CommandFailure) -> ChatPeople {
        var people = ChatPeople(names: try names(conversation, api))
        people.presences = try presences(of: people.names.keys.sorted(), api)
        let reads = try api.call(.get, "/api/v1/conversations/\(conversation)/reads")["reads"]?.array ?? []
        for read in reads {
            if let id = read["userId"]?.string?.lowercased(), let seq = read["seq"]?.integer { people.reads[id] = seq }
        }
        return people
    }

    static func names(_ conversation: String, _ api: PersonAPI) throws(CommandFailure) -> [String: String] {
        let members = try api.list("/api/v1/conversations/\(conversation)/members", "members")
        return members.reduce(into: [:]) { names, member in
            guard let id = member["userId"]?.string?.lowercased() else { return }
            names[id] = member["displayName"]?.string ?? member["username"]?.string
        }
    }

    /// The presence of people whom this person may see, a hundred at a time.
    static func presences(
        of ids: [String], _ api: PersonAPI
    ) throws(CommandFailure) -> [String: (status: String, note: String?)] {
        var found: [String: (status: String, note: String?)] = [:]
        for start in stride(from: 0, to: ids.count, by: 100) {
            let list = ids[start..<min(ids.count, start + 100)].map(PersonAPI.escaped).joined(separator: ",")
            for presence in try api.call(.get, "/api/v1/presence?userIds=\(list)")["presences"]?.array ?? [] {
                guard let id = presence["userId"]?.string?.lowercased(), let status = presence["status"]?.string else {
                    continue
                }
                found[id] = (status, presence["note"]?.string)
            }
        }
        return found
    }

    /// A line a person, by name.
    func lines(last: Int64) -> [String] {
        names.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map { id, name in
            let presence = presences[id]
            let note = presence?.note.map { " (\(PlainText.line($0)))" } ?? ""
            let read = reads[id].map { $0 >= last ? ", has read everything" : ", has read up to #\($0)" } ?? ""
            return "\(PlainText.line(name)): \(PlainText.line(presence?.status ?? "offline"))\(note)\(read)"
        }
    }
}
