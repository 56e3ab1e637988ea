import Earth
import Foundation
import Hub
import Model
import Persistence
import Testing
import Travel
import Wire

/// Files of tracks sent to a real hub and got back.
@Suite(.timeLimit(.minutes(3)))
struct ImportTests {
    private static func table(_ count: Int, from start: Int = 0) -> String {
        "time,lat,lon\n"
            + (start..<start + count).map { "\(1_600_000_000 + $0 * 60),\(48 + Double($0) / 1e4),17.1\n" }.joined()
    }

    /// A map on which everything is sea: records need one.
    private static func putMap(into database: Database) async throws {
        let map = RegionMapBuilder().build()
        try await RegionStore(database: database).replace(map, counts: CellCounts(of: RegionIndex(map)), at: .now)
    }

    /// Waits until an import is over.
    private func end(of id: String, _ person: TestPerson) async throws -> JSONValue {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let answer = try await person.get("/api/v1/travel/imports/\(id)")
            guard answer.status == 200, let state = answer.json["state"]?.string else {
                throw UnexpectedAnswer(answer: answer)
            }
            if ["done", "failed", "cancelled"].contains(state) { return answer.json }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Unexpected(what: "the import did not end")
    }

    private func send(_ text: String, _ query: String = "", _ person: TestPerson) async throws -> HTTPAnswer {
        try await person.hub.request(
            "POST", "/api/v1/travel/imports\(query)", body: text,
            headers: person.headers + [("Content-Type", "application/octet-stream")])
    }

    @Test func `a file goes in and comes out, and its owner hears of it`() async throws {
        try await RunningHub.with { hub in
            try await Self.putMap(into: hub.database)
            let ada = try await TestPerson.register(on: hub.address, "ada")
            let stream = try await RawStream.open(ada.hub, headers: ada.headers)
            let answer = try await send(Self.table(7000), "?name=walk.csv&format=csv", ada)
            #expect(answer.status == 202)
            #expect(answer.json["name"]?.string == "walk.csv" && answer.json["format"]?.string == "csv")
            let id = try #require(answer.json["id"]?.string)
            let ended = try await end(of: id, ada)
            #expect(ended["state"]?.string == "done" && ended["points"]?.integer == 7000)
            #expect(ended["added"]?.integer == 7000 && ended["truncated"]?.boolean == false)
            var states: [String] = []
            while states.last != "done" {
                let message = try JSONValue(Array(try await stream.text().utf8))
                guard message["type"]?.string == "import" else { continue }
                #expect(message["id"]?.string == id)
                states.append(message["state"]?.string ?? "")
            }
            #expect(states.first == "reading" && states.contains("recording"))
            let list = try await ada.get("/api/v1/travel/imports")
            #expect(list.json["imports"]?.array?.count == 1)

            for format in ["csv", "gpx", "geojson"] {
                let file = try await ada.hub.download(
                    "/api/v1/travel/export?format=\(format)", headers: ada.headers)
                #expect(file.status == 200)
                // Somebody else takes it in, and has the same.
                let eve = try await TestPerson.register(on: hub.address, "eve")
                let copy = try await send(file.text, "?format=\(format)", eve)
                let read = try await end(of: try #require(copy.json["id"]?.string), eve)
                #expect(read["added"]?.integer == 7000)
                let out = try await eve.hub.download(
                    "/api/v1/travel/export?format=\(format)", headers: eve.headers)
                #expect(out.body == file.body)
            }
            let part = try await ada.hub.download(
                "/api/v1/travel/export?format=csv&from=1600000060000&to=1600000180000", headers: ada.headers)
            #expect(part.text.split(separator: "\n").count == 3)
        }
    }

    @Test func `somebody's sessions hear of an import on every hub, whichever reads it`() async throws {
        try await RunningHub.with { hub in
            try await Self.putMap(into: hub.database)
            let second = try await RunningHub.start(on: hub.test.uri) { _ in }
            let upkeep = Task { await second.run() }
            let result: Result<Void, any Error>
            do {
                let ada = try await TestPerson.register(on: hub.address, "ada")
                let eve = try await TestPerson.register(on: hub.address, "eve")
                let there = HubAddress(port: second.port)
                let streams = [
                    try await RawStream.open(ada.hub, headers: ada.headers),
                    try await RawStream.open(there, headers: ada.headers),
                ]
                let other = try await RawStream.open(there, headers: eve.headers)
                for _ in 0..<3 {
                    let id = try #require(try await send(Self.table(3000), "", ada).json["id"]?.string)
                    for stream in streams {
                        var states: [String] = []
                        while states.last != "done" {
                            let message = try JSONValue(Array(try await stream.text().utf8))
                            guard message["type"]?.string == "import", message["id"]?.string == id else { continue }
                            states.append(message["state"]?.string ?? "")
                        }
                        #expect(states.filter { $0 == "done" }.count == 1)
                    }
                }
                _ = other
                result = .success(())
            } catch {
                result = .failure(error)
            }
            upkeep.cancel()
            await second.stop()
            try result.get()
        }
    }

    @Test func `moments before 1970 go in and come out`() async throws {
        try await RunningHub.with { hub in
            try await Self.putMap(into: hub.database)
            let ada = try await TestPerson.register(on: hub.address, "ada")
            let times = ["1900-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z", "1899-12-31T23:59:59.999Z"]
            let text = "time,lat,lon\n" + times.map { "\($0),48,17\n" }.joined()
            let id = try #require(try await send(text, "", ada).json["id"]?.string)
            let ended = try await end(of: id, ada)
            #expect(ended["added"]?.integer == 2 && ended["skipped"]?["past"]?.integer == 1)
            let out = try await ada.hub.download("/api/v1/travel/export?format=csv", headers: ada.headers)
            let lines = times.prefix(2).map { "\($0),48,17,,,\n" }.joined()
            #expect(out.text == "time,latitude,longitude,accuracy,altitude,speed\n" + lines)
        }
    }

    @Test func `nobody sees or ends another's import`() async throws {
        try await RunningHub.with { hub in
            let ada = try await TestPerson.register(on: hub.address, "ada")
            let eve = try await TestPerson.register(on: hub.address, "eve")
            try await Self.putMap(into: hub.database)
            let id = try #require(try await send(Self.table(3), "", ada).json["id"]?.string)
            #expect(try await eve.get("/api/v1/travel/imports/\(id)").status == 404)
            #expect(try await eve.delete("/api/v1/travel/imports/\(id)").status == 404)
            #expect(try await eve.get("/api/v1/travel/imports").json["imports"]?.array?.isEmpty == true)
            let out = try await eve.hub.download("/api/v1/travel/export?format=csv", headers: eve.headers)
            #expect(out.text == "time,latitude,longitude,accuracy,altitude,speed\n")
            _ = try await end(of: id, ada)
            #expect(try await ada.delete("/api/v1/travel/imports/\(id)").status == 409)
            #expect(try await hub.address.get("/api/v1/travel/imports").status == 403)
        }
    }

    @Test(arguments: [
        ("", "PK\u{3}\u{4}....", "zipped"), ("", "\0\0\0\0\n", "unknown_format"),
        ("?format=gpx", "lat,lon,time\n", "other_format"),
        ("?format=csv", "<gpx/>", "other_format"), ("?format=doc", "lat,lon,time\n", "format"),
        ("?name=", "lat,lon,time\n", "name"),
    ])
    func `what is no file of tracks is refused at once`(query: String, text: String, word: String) async throws {
        let hub = try await RunningHub.shared.hub()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        let answer = try await send(text, query, ada)
        #expect(answer.status == 400)
        #expect(answer.text.contains(word))
        #expect(try await ada.get("/api/v1/travel/imports").json["imports"]?.array?.isEmpty == true)
    }

    @Test
    func `a file of two gigabytes of nothing is refused at its first bytes, and one that says it is longer by that`()
        async throws
    {
        let hub = try await RunningHub.shared.hub()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        let head = "POST /api/v1/travel/imports HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(ada.accessToken)\r\n"
        for (length, status) in [(2 << 30, 400), (2 << 30 + 1, 413)] {
            let connection = try await RawConnection.connect(port: hub.address.port)
            await connection.send(head + "Content-Length: \(length)\r\n\r\n" + String(repeating: "\0", count: 100_000))
            #expect(try await connection.answer().status == status)
            await connection.close()
        }
        let silent = try await RawConnection.connect(port: hub.address.port)
        await silent.send(head + "\r\n")
        #expect(try await silent.answer().status == 411)
        await silent.close()
    }

    @Test func `a client that goes away leaves nothing behind`() async throws {
        let hub = try await RunningHub.shared.hub()
        let ada = try await TestPerson.register(on: hub.address, "ada")
        let connection = try await RawConnection.connect(port: hub.address.port)
        await connection.send(
            "POST /api/v1/travel/imports HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(ada.accessToken)\r\n"
                + "Content-Length: 1000000\r\n\r\n" + Self.table(1000))
        func count() async throws -> Int? {
            try await ada.get("/api/v1/travel/imports").json["imports"]?.array?.count
        }
        let deadline = ContinuousClock.now + .seconds(20)
        while try await count() != 1, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try await count() == 1)
        await connection.close()
        while try await count() != 0, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try await count() == 0)
    }

    @Test func `hubctl sends files and gets them back`() async throws {
        try await HubProcess.with { hub in
            let database = Support.database(hub.databaseURL)
            try await Self.putMap(into: database)
            await database.close()
            let folder = try TestFiles.directory()
            let environment = [
                "XDG_CONFIG_HOME": folder, "HUBCTL_URL": "http://127.0.0.1:\(hub.port)",
                "HUBCTL_PASSWORD": "seven violet umbrellas",
            ]
            func run(_ words: String...) async throws -> ProgramRun.Outcome {
                try await ProgramRun.run("hubctl", words, environment: environment)
            }
            #expect(try await run("register", "--email", "a@example.org", "--username", "ada").status == 0)
            try Self.table(2000).write(toFile: folder + "/one.csv", atomically: true, encoding: .utf8)
            try Self.table(10, from: 1995).write(toFile: folder + "/two.csv", atomically: true, encoding: .utf8)
            let sent = try await run("import", folder + "/one.csv", folder + "/two.csv")
            #expect(sent.status == 0)
            #expect(sent.errors.contains("sending one.csv: started, "))
            #expect(sent.errors.contains("sending two.csv: done, "))
            #expect(!sent.errors.contains("\u{1b}") && !sent.output.contains("sending"))
            #expect(sent.output.contains("one.csv: done; 2,000 points; 2,000 new"))
            #expect(sent.output.contains("two.csv: done; 10 points; 5 new"))
            let again = try await run("import", "--quiet", "--json", folder + "/one.csv")
            #expect(again.status == 0 && again.errors.isEmpty)
            #expect(again.json?["state"]?.string == "done")
            let seen = try TerminalRun("hubctl", ["import", folder + "/one.csv"], environment: environment)
            #expect(try await seen.waitForEnd() == 0)
            #expect(seen.output.contains(TerminalLine.erasure + "sending one.csv"))
            #expect(TerminalLine.shown(seen.output).filter { !$0.isEmpty }.allSatisfy { $0.hasPrefix("one.csv: done") })
            #expect(seen.isCooked)
            #expect(try await run("export", "--format", "csv", "--output", folder + "/out.csv").status == 0)
            let piped = try await run("export", "--format", "csv")
            #expect(piped.output == (try String(contentsOfFile: folder + "/out.csv", encoding: .utf8)))
            #expect(piped.errors.contains("exporting: started\nexporting: done, "))
            let out = try String(contentsOfFile: folder + "/out.csv", encoding: .utf8)
            #expect(out.split(separator: "\n").count == 2006)
            try "<gpx><trk>".write(toFile: folder + "/bad.gpx", atomically: true, encoding: .utf8)
            #expect(try await run("import", folder + "/bad.gpx", "--format", "csv").status == 65)
            #expect(try await run("import", folder + "/none").status == 65)
        }
    }
}
