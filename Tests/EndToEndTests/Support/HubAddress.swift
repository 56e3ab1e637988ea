import Model
import TLS
import Wire

/// Where a hub is and the key it lets a test in with.
struct HubAddress: Sendable {
    let port: Int
    /// An API key.
    var key: String?
    var tls: TLSContext?

    // MARK: REST

    /// One request on a connection of its own.
    ///
    /// - Parameter key: In place of the test's; `.some(nil)` sends none.
    func request(
        _ method: String, _ path: String, body: String? = nil, headers: [(String, String)] = [], key: String?? = nil
    ) async throws -> HTTPAnswer {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        if let key = key ?? self.key { head += "X-API-Key: \(key)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body {
            if !headers.contains(where: { $0.0.lowercased() == "content-type" }) {
                head += "Content-Type: application/json\r\n"
            }
            head += "Content-Length: \(body.utf8.count)\r\n"
        }
        let connection = try await RawConnection.connect(port: port, tls: tls)
        await connection.send(head + "\r\n" + (body ?? ""))
        let answer = try await connection.answer(hasContent: method != "HEAD")
        await connection.close()
        return answer
    }

    func get(_ path: String) async throws -> HTTPAnswer { try await request("GET", path) }

    /// What is answered once it is 200. A probe waits two seconds for Postgres, which a busy machine may take longer for.
    ///
    /// - Parameter key: In place of the test's; `.some(nil)` sends none.
    func probe(_ path: String, key: String?? = nil) async throws -> HTTPAnswer {
        var answer = try await request("GET", path, key: key)
        try await Support.eventually("\(path) is answered 200") {
            if answer.status != 200 { answer = try await request("GET", path, key: key) }
            return answer.status == 200
        }
        return answer
    }

    func post(_ path: String, _ body: String) async throws -> HTTPAnswer {
        try await request("POST", path, body: body)
    }

    /// Registers a device, which must succeed.
    @discardableResult
    func register(
        _ device: DeviceID = .random(), in group: GroupID, name: String = "Phone"
    ) async throws -> DeviceID {
        let answer = try await tryRegister(device, in: group, name: name)
        guard answer.status == 200 else { throw UnexpectedAnswer(answer: answer) }
        return device
    }

    func tryRegister(_ device: DeviceID, in group: GroupID, name: String = "Phone") async throws -> HTTPAnswer {
        try await post(
            "/api/v1/devices/register", #"{"deviceId":"\#(device)","displayName":"\#(name)","groupId":"\#(group)"}"#)
    }

    /// The devices of a group as the list has them.
    func list(_ group: GroupID) async throws -> [JSONValue] {
        let answer = try await get("/api/v1/devices?groupId=\(group)")
        guard answer.status == 200, let devices = answer.json["devices"]?.array else {
            throw UnexpectedAnswer(answer: answer)
        }
        return devices
    }

    /// The value of a metric without labels.
    func metric(_ name: String) async throws -> Double? {
        try await get("/metrics").text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
            .flatMap { Double($0.dropFirst(name.count + 1)) }
    }

    /// Whether it serves: its health, a registration, a stream and an acknowledged fix.
    func serves() async throws -> Bool {
        let group = GroupID.fresh("alive")
        let device = try await register(in: group)
        let client = try await TestClient.connect(self, as: device)
        let answer = try await client.ask(.location(.sample()))
        await client.close()
        guard case .fixesStored(_, 1) = answer else { return false }
        return try await probe("/api/health/ready").status == 200
    }
}

/// An answer that a test needs to be another.
struct UnexpectedAnswer: Error, CustomStringConvertible {
    let answer: HTTPAnswer
    var description: String { "\(answer.status) \(answer.text)" }
}
