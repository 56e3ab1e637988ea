import Model
import Testing
import Wire

/// What a hub logs of the requests it answers (stories 1.6 and 3.10).
@Suite(.timeLimit(.minutes(4)))
struct RequestLogTests {
    /// The log as its lines are written, each an object.
    private func lines(_ outcome: ProgramRun.Outcome) throws -> [JSONValue] {
        try outcome.complaints.map { try JSONValue(Array($0.utf8)) }
    }

    @Test func `whatever an upload is refused for is logged under the id that its sender was told`() async throws {
        try await HubProcess.with(["HUB__LOGGING__LEVEL": "info", "HUB__SECURITY__RATE_LIMIT_PER_MINUTE": "20"]) {
            hub in
            let device = try await hub.address.register(in: .fresh())
            let upload = Uploads.one(of: device, .sample())
            var answers: [HTTPAnswer] = []
            for (status, body, key) in [
                (200, upload, hub.address.key), (400, "{}", hub.address.key),
                (404, Uploads.one(of: .random(), .sample()), hub.address.key), (401, upload, nil),
            ] {
                let answer = try await hub.address.request(
                    "POST", BadUploadTests.one, body: body, headers: [("X-Request-ID", "asked-\(status)")],
                    key: .some(key))
                #expect(answer.status == status)
                #expect(answer["X-Request-ID"] == "asked-\(status)")
                answers.append(answer)
            }
            let connection = try await RawConnection.connect(port: hub.port)
            await connection.send(
                "POST \(BadUploadTests.one) HTTP/1.1\r\nHost: a\r\nX-API-Key: \(hub.address.key ?? "")\r\n"
                    + "Content-Length: 1048577\r\n\r\n")
            answers.append(try await connection.answer())
            #expect(answers.last?.status == 413)
            await connection.close()
            let busy = try await hub.makeKey("busy").key
            var limited: HTTPAnswer?
            for _ in 0..<200 where limited == nil {
                let answer = try await hub.address.request("POST", BadUploadTests.one, body: upload, key: busy)
                if answer.status == 429 { limited = answer } else { #expect(answer.status == 200) }
            }
            answers.append(try #require(limited, "no limit of 20 a minute"))

            let outcome = await hub.terminate()
            let logged = try lines(outcome)
            for answer in answers {
                let id = try #require(answer["X-Request-ID"])
                #expect(answer.status == 200 || answer.json["requestId"]?.string == id)
                let line = try #require(logged.first { $0["request_id"]?.string == id }, "\(answer.status)")
                #expect(line["status"]?.integer == Int64(answer.status))
                guard answer.status != 413 else { continue }  // refused before there was a request to speak of
                #expect(line["method"]?.string == "POST" && line["path"]?.string == BadUploadTests.one)
                #expect(try #require(line["duration_ms"]?.double) >= 0)
            }
        }
    }

    @Test(arguments: [true, false])
    func `what Postgres is asked is logged with how long it took at level debug alone`(isDebug: Bool) async throws {
        try await HubProcess.with(["HUB__LOGGING__LEVEL": isDebug ? "debug" : "info"]) { hub in
            let device = try await hub.address.register(in: .fresh())
            #expect(
                try await hub.address.post(BadUploadTests.one, Uploads.one(of: device, .sample())).status == 200)
            let queries = try lines(await hub.terminate()).filter { $0["message"]?.string == "database query" }
            #expect(queries.isEmpty == !isDebug)
            for query in queries {
                #expect(query["level"]?.string == "debug")
                #expect(try #require(query["duration_ms"]?.double) >= 0)
            }
            let statements = Set(queries.compactMap { $0["statement"]?.string })
            #expect(statements.isSuperset(of: ["core.register_device", "core.insert_locations"]) == isDebug)
        }
    }
}
