import HubTesting
import Model
import Testing
import Wire

/// Conversations over requests, on a hub as it runs.
@Suite(.timeLimit(.minutes(3))) struct `Conversations by request` {
    private func direct(_ one: TestPerson, _ other: TestPerson) async throws -> String {
        let answer = try await one.post("/api/v1/conversations", #"{"kind":"direct","userId":"\#(other.id)"}"#)
        guard let id = answer.json["id"]?.string else { throw UnexpectedAnswer(answer: answer) }
        return "/api/v1/conversations/\(id)"
    }

    private func message(_ text: String, clientID: UniqueID = .version7(at: .now), more: String = "") -> String {
        let body = JSONWriter.bytes { json in
            json.object {
                $0.member("clientId", clientID)
                $0.member("text", text)
            }
        }
        return String(decoding: body.dropLast(), as: UTF8.self) + more + "}"
    }

    private func texts(_ path: String, for person: TestPerson) async throws -> [String?]? {
        try await person.get("\(path)/messages").json["messages"]?.array?.map { $0["text"]?.string }
    }

    @Test func `two people talk, read, react, search and delete for themselves`() async throws {
        let hub = try await RunningHub.shared.address()
        let (ada, ben) = (
            try await TestPerson.register(on: hub, "ada"),
            try await TestPerson.register(on: hub, "ben")
        )
        let path = try await direct(ada, ben)
        #expect(try await direct(ben, ada) == path)
        let clientID = UniqueID.version7(at: .now)
        let sent = try await ada.post("\(path)/messages", message(" hello harbour\n", clientID: clientID))
        #expect(sent.status == 201 && sent.json["seq"]?.integer == 1)
        let again = try await ada.post("\(path)/messages", message("another text", clientID: clientID))
        #expect(again.status == 200 && again.body == sent.body)
        let reply = try await ben.post(
            "\(path)/messages",
            message("hi", more: #","replyTo":1,"attachment":{"type":"location","latitude":48.1,"longitude":17.1}"#))
        #expect(reply.status == 201)
        let list = try await ada.get("/api/v1/conversations")
        #expect(list.json["conversations"]?.array?.count == 1 && list.json["nextCursor"] == .null)
        let listed = try #require(list.json["conversations"]?.array?.first)
        #expect(listed["kind"]?.string == "direct" && listed["unreadCount"]?.integer == 1)
        #expect(listed["lastMessage"]?["text"]?.string == "hi" && listed["members"]?.array?.count == 2)
        #expect(listed["lastMessage"]?["attachment"]?["latitude"]?.double == 48.1)
        #expect(listed["muted"] == .boolean(false))
        #expect(try await ada.post("\(path)/read", #"{"seq":2}"#).status == 204)
        let reads = try await ben.get("\(path)/reads").json["reads"]?.array
        #expect(reads?.compactMap { $0["seq"]?.integer }.sorted() == [0, 2])
        let thumb = "\(path)/messages/1/reactions/%F0%9F%91%8D"
        #expect(try await ben.put(thumb, "").status == 204)
        #expect(try await ada.patch("\(path)/messages/1", #"{"text":"hello quay"}"#).status == 200)
        let changed = try await ben.get("\(path)/messages?changedSince=0").json
        #expect(changed["messages"]?.array?.first?["text"]?.string == "hello quay")
        #expect(changed["messages"]?.array?.first?["reactions"]?.array?.count == 1)
        #expect(changed["lastChange"]?.integer == 2)
        let found = try await ben.get("/api/v1/conversations/search?q=QUAY").json
        #expect(found["messages"]?.array?.count == 1)
        #expect(try await ben.delete(thumb).status == 204)
        #expect(try await ben.delete("\(path)/messages/2").status == 204)
        #expect(try await texts(path, for: ada) == ["hello quay", nil])
        let muted = try await ada.post("\(path)/mute", #"{"until":"2099-01-01T00:00:00.000Z"}"#)
        #expect(muted.json["muted"] == .boolean(true))
        #expect(try await ada.post("\(path)/mute", #"{"until":null}"#).json["muted"] == .boolean(false))
        #expect(try await ada.delete(path).status == 204)
        #expect(try await ada.get("/api/v1/conversations").json["conversations"]?.array?.isEmpty == true)
        #expect(try await texts(path, for: ben)?.count == 2)
    }

    @Test func `a group is made, grows, is renamed, left and cleared`() async throws {
        let hub = try await RunningHub.shared.address()
        var people: [TestPerson] = []
        for name in ["ada", "ben", "cleo"] { people.append(try await TestPerson.register(on: hub, name)) }
        let (ada, ben, cleo) = (people[0], people[1], people[2])
        let made = try await ada.post(
            "/api/v1/conversations", #"{"kind":"group","name":" Trip ","userIds":["\#(ben.id)"]}"#)
        #expect(made.status == 201 && made.json["name"]?.string == "Trip")
        let path = "/api/v1/conversations/\(try #require(made.json["id"]?.string))"
        #expect(try await ben.post("\(path)/messages", message("one")).status == 201)
        #expect(try await cleo.get(path).status == 404)
        let added = try await ben.post("\(path)/members", #"{"userIds":["\#(cleo.id)"]}"#)
        #expect(added.status == 200 && added.json["members"]?.array?.count == 3)
        #expect(try await texts(path, for: cleo) == [])
        #expect(try await cleo.patch(path, #"{"name":"Voyage"}"#).json["name"]?.string == "Voyage")
        #expect(try await cleo.delete("\(path)/members/\(ben.id)").status == 403)
        #expect(try await ada.post("\(path)/leave", "").status == 204)
        #expect(try await ada.get(path).json["leftAt"]?.string != nil)
        #expect(try await ada.post("\(path)/messages", message("two")).status == 404)
        #expect(try await texts(path, for: ada) == ["one"])
        #expect(try await ben.delete("\(path)/members/\(cleo.id)").status == 204)
        #expect(try await cleo.get(path).error == "not_found")
        #expect(
            try await ben.post("\(path)/members", #"{"userIds":["\#(UniqueID.version7(at: .now))"]}"#).status == 404
        )
    }

    /// What cannot be told apart must be the same to the byte, but for the request's id.
    @Test func `one that one is not in is as one that does not exist`() async throws {
        let hub = try await RunningHub.shared.address()
        var people: [TestPerson] = []
        for name in ["ada", "ben", "eve"] { people.append(try await TestPerson.register(on: hub, name)) }
        let (ada, ben, eve) = (people[0], people[1], people[2])
        let theirs = try await direct(ada, ben)
        #expect(try await ada.post("\(theirs)/messages", message("secret")).status == 201)
        let nowhere = "/api/v1/conversations/\(UniqueID.version7(at: .now))"
        let requests: [(String, String, String?)] = [
            ("GET", "", nil), ("DELETE", "", nil), ("PATCH", "", #"{"name":"x"}"#), ("GET", "/members", nil),
            ("POST", "/members", #"{"userIds":["\#(eve.id)"]}"#), ("DELETE", "/members/\(ada.id)", nil),
            ("POST", "/leave", ""), ("POST", "/mute", "{}"), ("GET", "/messages", nil),
            ("GET", "/messages?changedSince=0", nil), ("POST", "/messages", message("x")),
            ("PATCH", "/messages/1", #"{"text":"x"}"#), ("DELETE", "/messages/1", nil),
            ("PUT", "/messages/1/reactions/%F0%9F%91%8D", ""), ("POST", "/read", #"{"seq":1}"#),
            ("POST", "/read", #"{"seq":99}"#), ("GET", "/reads", nil),
        ]
        for (method, rest, body) in requests {
            let one = try await eve.request(method, theirs + rest, body: body)
            let other = try await eve.request(method, nowhere + rest, body: body)
            #expect(one.status == 404 && one.error == "not_found", "\(method) \(rest)")
            #expect(one.status == other.status && one.json["message"] == other.json["message"], "\(method) \(rest)")
        }
        #expect(try await eve.get("/api/v1/conversations/search?q=secret").json["messages"]?.array?.isEmpty == true)
        #expect(try await eve.get("/api/v1/conversations").json["conversations"]?.array?.isEmpty == true)
        #expect(try await hub.request("GET", "/api/v1/conversations", key: .some(nil)).status == 401)
        #expect(try await hub.get("/api/v1/conversations").status == 403)
    }

    @Test func `bad input has its answer`() async throws {
        let hub = try await RunningHub.shared.address()
        let (ada, ben) = (
            try await TestPerson.register(on: hub, "ada"),
            try await TestPerson.register(on: hub, "ben")
        )
        let path = try await direct(ada, ben)
        let bad = [
            String(repeating: "x", count: 4001), "", " \n ", "\u{1}\u{7F}", "\u{202E}\u{202E}", "\u{200B}",
        ]
        for text in bad {
            let answer = try await ada.post("\(path)/messages", message(text))
            #expect(answer.status == 400 && answer.wrongFields == ["text"])
        }
        let huge = try await ada.post("\(path)/messages", message(String(repeating: "x", count: 1 << 20)))
        #expect(huge.status == 413 && huge.error == "payload_too_large")
        #expect(try await ada.post("\(path)/messages", message("\u{202E}evil")).status == 201)
        #expect(try await texts(path, for: ben) == ["\u{202E}evil\u{202C}"])
        #expect(
            try await ada.post("\(path)/messages", message("x", more: #","replyTo":2"#)).wrongFields == ["replyTo"])
        let attachment = #","attachment":{"type":"location","latitude":91,"longitude":0}"#
        #expect(try await ada.post("\(path)/messages", message("x", more: attachment)).status == 400)
        #expect(try await ben.post("\(path)/read", #"{"seq":2}"#).wrongFields == ["seq"])
        #expect(try await ben.post("\(path)/read", #"{"seq":-1}"#).wrongFields == ["seq"])
        #expect(try await ben.put("\(path)/messages/1/reactions/ok", "").wrongFields == ["emoji"])
        #expect(try await ben.get("\(path)/messages?limit=201").wrongFields == ["limit"])
        #expect(try await ben.get("\(path)/messages?since=1&before=2").wrongFields == ["before"])
        #expect(try await ben.get("/api/v1/conversations/search").error == "missing_field")
        #expect(try await ben.get("/api/v1/conversations/search?q=%07").wrongFields == ["q"])
        // Not even a request: no parameter may hold it.
        #expect(try await ben.get("/api/v1/conversations/search?q=a%00b").status == 400)
        #expect(try await ben.get("/api/v1/conversations?cursor=AQ").wrongFields == ["cursor"])
        let creations = [
            #"{"kind":"direct","userId":"\#(ada.id)"}"#, #"{"kind":"location"}"#, #"{"kind":"direct"}"#, "{}",
            #"{"kind":"group","name":"\u200b","userIds":[]}"#,
            #"{"kind":"group","name":"x","userIds":["\#(ben.id)","\#(ben.id)"]}"#,
        ]
        for body in creations {
            #expect(try await ada.post("/api/v1/conversations", body).status == 400, "\(body)")
        }
        #expect(try await ada.post("\(path)/leave", "").status == 409)
        #expect(try await ada.patch(path, #"{"name":"x"}"#).status == 409)
    }
}
