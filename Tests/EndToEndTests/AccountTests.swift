import Configuration
import Model
import Testing
import Wire

/// People register, sign in on several clients, see and end what they are signed in with.
@Suite(.timeLimit(.minutes(3)))
struct AccountTests {
    @Test func `who registers is signed in, and known by their token on routes and on the stream`() async throws {
        let hub = try await RunningHub.shared.address()
        let name = "ada\(UInt32.random(in: 0...UInt32.max))"
        let answer = try await TestPerson.tryRegister(
            on: hub, email: "\(name)@Example.org", username: name, displayName: "Ada L.")
        #expect(answer.status == 201)
        #expect(answer["Cache-Control"] == "no-store")
        #expect(answer.json["tokenType"]?.string == "Bearer")
        #expect(answer.json["expiresIn"]?.integer == 900)
        #expect(answer.json["user"]?["displayName"]?.string == "Ada L.")
        let ada = try TestPerson(
            hub: hub, email: "\(name)@example.org", password: TestPerson.password, answer: answer)
        let me = try await ada.get("/api/v1/auth/me")
        #expect(me.status == 200)
        #expect(me.json == answer.json["user"])
        #expect(me.json["email"]?.string == "\(name)@Example.org")
        #expect(me.json["emailVerified"] == .boolean(false) && me.json["hasTotp"] == .boolean(false))
        #expect(me.json["provider"]?.string == "local")
        let client = try await ada.connect()
        #expect(client.welcome.user == ada.id)
        try await client.settle()
        await client.close()
    }

    @Test func `signing in works by address and by name, in whatever case`() async throws {
        let hub = try await RunningHub.shared.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        for (member, text) in [
            ("email", ada.email), ("email", ada.email.uppercased()), ("username", ada.username),
            ("username", ada.username.uppercased()),
        ] {
            let answer = try await hub.request(
                "POST", "/api/v1/auth/login", body: #"{"\#(member)":"\#(text)","password":"\#(ada.password)"}"#,
                key: .some(nil))
            #expect(answer.status == 200)
            let again = try TestPerson(hub: hub, email: ada.email, password: ada.password, answer: answer)
            #expect(again.id == ada.id && again.session != ada.session)
            #expect(try await again.get("/api/v1/auth/me").status == 200)
        }
    }

    @Test func `a browser opens the stream as a person with a ticket, once`() async throws {
        let hub = try await RunningHub.shared.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        let answer = try await ada.post("/api/v1/stream/tickets", "{}")
        #expect(answer.status == 200)
        let ticket = try #require(answer.json["ticket"]?.string)
        let client = try await TestClient.connect(ada.hub, query: "ticket=\(ticket)")
        #expect(client.welcome.user == ada.id)
        await #expect(throws: (any Error).self) {
            _ = try await TestClient.connect(ada.hub, query: "ticket=\(ticket)")
        }
        // One that was asked for before the sign-in ended opens nothing after it.
        let late = try #require(try await ada.post("/api/v1/stream/tickets", "{}").json["ticket"]?.string)
        #expect(try await ada.post("/api/v1/auth/logout", "").status == 204)
        await #expect(throws: (any Error).self) { _ = try await TestClient.connect(ada.hub, query: "ticket=\(late)") }
        #expect(try await client.ended().code == 1008)
    }

    @Test func `a refresh gives new tokens, and the old access token works until it expires`() async throws {
        let hub = try await RunningHub.shared.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        let refreshed = try await ada.refreshed()
        #expect(refreshed.session == ada.session)
        #expect(refreshed.refreshToken != ada.refreshToken && refreshed.accessToken != ada.accessToken)
        for person in [ada, refreshed] { #expect(try await person.get("/api/v1/auth/me").status == 200) }
    }

    @Test func `a refresh token that is used twice ends its sign-in, streams included`() async throws {
        let hub = try await RunningHub.shared.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        let elsewhere = try await ada.signIn()
        let client = try await ada.connect()
        let refreshed = try await ada.refreshed()
        let reuse = try await ada.tryRefresh(by: "thief")
        #expect(reuse.status == 401 && reuse.error == "token_invalid")
        #expect(try await client.ended().code == 1008)
        for person in [ada, refreshed] {
            let answer = try await person.get("/api/v1/auth/me")
            #expect(answer.status == 401 && answer.error == "token_invalid")
            #expect(answer["WWW-Authenticate"] == #"Bearer realm="presence-hub", error="invalid_token""#)
        }
        #expect(try await refreshed.tryRefresh().status == 401)
        #expect(try await elsewhere.get("/api/v1/auth/me").status == 200)
    }

    @Test func `a client that lost the answer to its refresh gets the same tokens again`() async throws {
        let hub = try await RunningHub.shared.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        let stream = try await ada.connect()
        let lost = try await ada.refreshed()
        let again = try await ada.refreshed()
        #expect(again.refreshToken == lost.refreshToken && again.session == ada.session)
        #expect(try await again.get("/api/v1/auth/me").status == 200)
        #expect(try await again.refreshed().get("/api/v1/auth/me").status == 200)
        // Now it is known that the answer arrived.
        #expect(try await ada.tryRefresh().status == 401)
        #expect(try await stream.ended().code == 1008)
    }

    @Test func `of two who refresh with one token at once one is answered, and the sign-in has ended`() async throws {
        let hub = try await RunningHub.shared.address()
        for _ in 0..<3 {
            let ada = try await TestPerson.register(on: hub, "ada")
            async let first = ada.tryRefresh()
            async let second = ada.tryRefresh(by: "thief")
            let statuses = [try await first.status, try await second.status]
            #expect(statuses.sorted() == [200, 401])
            #expect(try await ada.get("/api/v1/auth/me").status == 401)
        }
    }

    @Test func `sign-ins are listed with what clients say of themselves, and end one by one`() async throws {
        let hub = try await RunningHub.shared.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        let login = try await hub.request(
            "POST", "/api/v1/auth/login",
            body: #"""
                {"email":"\#(ada.email)","password":"\#(ada.password)",
                 "device":{"deviceName":"Ada's phone","platform":"ios","appVersion":"1.2","pushToken":"abc"}}
                """#, headers: [("User-Agent", "App/1.2")], key: .some(nil))
        let phone = try TestPerson(hub: hub, email: ada.email, password: ada.password, answer: login)
        let list = try await ada.get("/api/v1/auth/sessions")
        #expect(list.status == 200 && list.json["nextCursor"] == .null)
        let sessions = try #require(list.json["sessions"]?.array)
        #expect(sessions.map { $0["id"]?.string } == [phone.session.description, ada.session.description])
        #expect(sessions.map { $0["current"]?.boolean } == [false, true])
        #expect(sessions[0]["deviceName"]?.string == "Ada's phone" && sessions[0]["platform"]?.string == "ios")
        #expect(sessions[0]["appVersion"]?.string == "1.2" && sessions[0]["userAgent"]?.string == "App/1.2")
        #expect(sessions[0]["clientAddress"]?.string == "127.0.0.1" && sessions[0]["pushToken"] == nil)

        let changed = try await phone.patch("/api/v1/auth/device", #"{"appVersion":"1.3","pushToken":null}"#)
        #expect(changed.status == 200)
        #expect(changed.json["appVersion"]?.string == "1.3" && changed.json["pushToken"] == .null)
        #expect(changed.json["deviceName"]?.string == "Ada's phone")

        let client = try await phone.connect()
        #expect(try await ada.delete("/api/v1/auth/sessions/\(phone.session)").status == 204)
        #expect(try await client.ended().code == 1008)
        #expect(try await phone.get("/api/v1/auth/me").error == "token_invalid")
        #expect(try await phone.tryRefresh().error == "token_invalid")
        // It is over; and nobody ends another's.
        #expect(try await ada.delete("/api/v1/auth/sessions/\(phone.session)").status == 404)
        let bob = try await TestPerson.register(on: hub, "bob")
        #expect(try await bob.delete("/api/v1/auth/sessions/\(ada.session)").status == 404)
        #expect(try await bob.delete("/api/v1/auth/sessions/nonsense").status == 404)
        #expect(try await ada.get("/api/v1/auth/me").status == 200)
    }

    @Test func `all other sign-ins end at once, and one's own streams stay`() async throws {
        let hub = try await RunningHub.shared.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        let others = [try await ada.signIn(), try await ada.signIn()]
        let own = try await ada.connect()
        let streams = [try await others[0].connect(), try await others[1].connect()]
        let answer = try await ada.delete("/api/v1/auth/sessions")
        #expect(answer.status == 200 && answer.json["ended"]?.integer == 2)
        for stream in streams { #expect(try await stream.ended().code == 1008) }
        for other in others { #expect(try await other.get("/api/v1/auth/me").status == 401) }
        try await own.settle()
        await own.close()
    }

    @Test func `signing out ends this sign-in, by its access token or by its refresh token`() async throws {
        let hub = try await RunningHub.shared.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        let second = try await ada.signIn()
        #expect(try await ada.post("/api/v1/auth/logout", "").status == 204)
        #expect(try await ada.get("/api/v1/auth/me").status == 401)
        #expect(try await ada.tryRefresh().status == 401)
        let again = try await ada.post("/api/v1/auth/logout", "")
        #expect(again.status == 401 && again.error == "token_invalid")
        let stream = try await second.connect()
        for _ in 0..<2 {
            let answer = try await hub.request(
                "POST", "/api/v1/auth/logout", body: #"{"refreshToken":"\#(second.refreshToken)"}"#, key: .some(nil))
            #expect(answer.status == 204)
        }
        #expect(try await stream.ended().code == 1008)
        #expect(try await second.get("/api/v1/auth/me").status == 401)
    }

    @Test func `one sign-in too many ends the one that was not used for longest`() async throws {
        try await RunningHub.with {
            $0.accounts.signInsPerUser = 2
        } _: { hub in
            let first = try await TestPerson.register(on: hub.address, "ada")
            let stream = try await first.connect()
            let second = try await first.signIn()
            let third = try await first.signIn()
            #expect(try await stream.ended().code == 1008)
            #expect(try await first.get("/api/v1/auth/me").status == 401)
            for person in [second, third] { #expect(try await person.get("/api/v1/auth/me").status == 200) }
        }
    }

    @Test func `a changed password ends all other sign-ins and leaves one's own streams`() async throws {
        let hub = try await RunningHub.shared.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        let other = try await ada.signIn()
        let own = try await ada.connect()
        let stream = try await other.connect()
        let new = "another-Harbour.17"
        #expect(try await ada.changePassword(to: new).status == 204)
        #expect(try await stream.ended().code == 1008)
        #expect(try await other.get("/api/v1/auth/me").error == "token_invalid")
        #expect(try await other.tryRefresh().error == "token_invalid")
        try await own.settle()
        // Every token from before is refused; this sign-in gets another.
        #expect(try await ada.get("/api/v1/auth/me").error == "token_expired")
        let refreshed = try await ada.refreshed()
        #expect(try await refreshed.get("/api/v1/auth/me").status == 200)
        let old = try await TestPerson.tryLogin(on: hub, email: ada.email)
        #expect(old.status == 401 && old.error == "invalid_credentials")
        #expect(try await TestPerson.tryLogin(on: hub, email: ada.email, password: new).status == 200)
        await own.close()
    }

    @Test func `names change, but not to one that is taken`() async throws {
        let hub = try await RunningHub.shared.address()
        let ada = try await TestPerson.register(on: hub, "ada")
        let bob = try await TestPerson.register(on: hub, "bob")
        let answer = try await ada.patch("/api/v1/auth/me", #"{"displayName":"Countess"}"#)
        #expect(answer.status == 200 && answer.json["displayName"]?.string == "Countess")
        #expect(answer.json["username"]?.string == ada.username)
        let taken = try await ada.patch("/api/v1/auth/me", #"{"username":"\#(bob.username.uppercased())"}"#)
        #expect(taken.status == 409 && taken.error == "duplicate_username")
        let own = try await ada.patch("/api/v1/auth/me", #"{"username":"\#(ada.username.uppercased())"}"#)
        #expect(own.status == 200 && own.json["username"]?.string == ada.username.uppercased())
        #expect(try await ada.patch("/api/v1/auth/me", #"{"displayName":""}"#).wrongFields == ["displayName"])
    }

    @Test func `a hub that takes no registrations says so`() async throws {
        try await RunningHub.with {
            $0.accounts.registration = .closed
        } _: { hub in
            let answer = try await TestPerson.tryRegister(on: hub.address, email: "a@example.org", username: "ada")
            #expect(answer.status == 403 && answer.error == "forbidden")
        }
    }

    @Test func `a key opens no account, and a person opens nothing that is a key's alone`() async throws {
        let hub = try await RunningHub.shared.address()
        let me = try await hub.get("/api/v1/auth/me")
        #expect(me.status == 403)
        let ada = try await TestPerson.register(on: hub, "ada")
        #expect(try await ada.get("/api/v1/admin/devices").status == 403)
    }
}
