import HTTP
import Model
import Wire

/// Somebody with an account on a hub, signed in on one client of theirs. A value: another sign-in is another value.
struct TestPerson: Sendable {
    /// The hub, without a key.
    let hub: HubAddress
    let id: UserID
    let username: String
    let email: String
    let password: String
    /// The sign-in.
    let session: SignInID
    let accessToken: String
    let refreshToken: String

    /// A password that no rule is against, the same for all.
    static let password = "quiet-Harbour.92"

    /// Registers somebody new, which must succeed.
    ///
    /// - Parameter name: Becomes part of their user name, to tell people of a test apart; ASCII letters.
    static func register(
        on hub: HubAddress, _ name: String = "person", displayName: String? = nil
    ) async throws -> TestPerson {
        let username = "\(name)-\(String(UInt64.random(in: 0...(1 << 50)), radix: 36))"
        let email = "\(username)@example.org"
        let answer = try await tryRegister(
            on: hub, email: email, username: username, password: password, displayName: displayName ?? name)
        guard answer.status == 201 else { throw UnexpectedAnswer(answer: answer) }
        return try TestPerson(hub: hub, email: email, password: password, answer: answer)
    }

    static func tryRegister(
        on hub: HubAddress, email: String, username: String, password: String = password, displayName: String? = nil
    ) async throws -> HTTPAnswer {
        let body = JSONWriter.bytes { json in
            json.object { json in
                json.member("email", email)
                json.member("username", username)
                json.member("password", password)
                json.member("displayName", displayName)
            }
        }
        return try await hub.request(
            "POST", "/api/v1/auth/register", body: String(decoding: body, as: UTF8.self), key: .some(nil))
    }

    static func tryLogin(
        on hub: HubAddress, email: String, password: String = password
    ) async throws -> HTTPAnswer {
        let body = JSONWriter.bytes { json in
            json.object { json in
                json.member("email", email)
                json.member("password", password)
            }
        }
        return try await hub.request(
            "POST", "/api/v1/auth/login", body: String(decoding: body, as: UTF8.self), key: .some(nil))
    }

    /// From what registering, signing in and refreshing answer.
    init(hub: HubAddress, email: String, password: String, answer: HTTPAnswer) throws {
        guard let id = answer.json["user"]?["id"]?.string.flatMap({ UniqueID($0) }),
            let username = answer.json["user"]?["username"]?.string,
            let session = answer.json["sessionId"]?.string.flatMap({ UniqueID($0) }),
            let accessToken = answer.json["accessToken"]?.string,
            let refreshToken = answer.json["refreshToken"]?.string
        else { throw UnexpectedAnswer(answer: answer) }
        var hub = hub
        hub.key = nil
        self.hub = hub
        self.id = UserID(id)
        self.username = username
        self.email = email
        self.password = password
        self.session = SignInID(session)
        self.accessToken = accessToken
        self.refreshToken = refreshToken
    }

    /// The same person on another client.
    func signIn(password: String? = nil) async throws -> TestPerson {
        let password = password ?? self.password
        let answer = try await TestPerson.tryLogin(on: hub, email: email, password: password)
        guard answer.status == 200 else { throw UnexpectedAnswer(answer: answer) }
        return try TestPerson(hub: hub, email: email, password: password, answer: answer)
    }

    /// The same sign-in with new tokens.
    func refreshed() async throws -> TestPerson {
        let answer = try await tryRefresh()
        guard answer.status == 200 else { throw UnexpectedAnswer(answer: answer) }
        return try TestPerson(hub: hub, email: email, password: password, answer: answer)
    }

    /// - Parameter client: The `User-Agent`; a copied token comes from another.
    func tryRefresh(by client: String? = nil) async throws -> HTTPAnswer {
        try await hub.request(
            "POST", "/api/v1/auth/refresh", body: #"{"refreshToken":"\#(refreshToken)"}"#,
            headers: client.map { [("User-Agent", $0)] } ?? [], key: .some(nil))
    }

    // MARK: REST

    var headers: [(String, String)] { [("Authorization", "Bearer \(accessToken)")] }

    /// A request with this person's access token.
    func request(_ method: String, _ path: String, body: String? = nil) async throws -> HTTPAnswer {
        try await hub.request(method, path, body: body, headers: headers)
    }

    func get(_ path: String) async throws -> HTTPAnswer { try await request("GET", path) }

    func post(_ path: String, _ body: String) async throws -> HTTPAnswer {
        try await request("POST", path, body: body)
    }

    func patch(_ path: String, _ body: String) async throws -> HTTPAnswer {
        try await request("PATCH", path, body: body)
    }

    func put(_ path: String, _ body: String) async throws -> HTTPAnswer {
        try await request("PUT", path, body: body)
    }

    func delete(_ path: String, _ body: String? = nil) async throws -> HTTPAnswer {
        try await request("DELETE", path, body: body)
    }

    func changePassword(to new: String) async throws -> HTTPAnswer {
        try await post(
            "/api/v1/auth/change-password", #"{"currentPassword":"\#(password)","newPassword":"\#(new)"}"#)
    }

    func deleteAccount() async throws -> HTTPAnswer {
        try await delete("/api/v1/auth/account", #"{"password":"\#(password)","confirmation":"DELETE"}"#)
    }

    // MARK: The stream

    /// Opens the stream as this person.
    func connect(as device: DeviceID? = nil) async throws -> TestClient {
        var fields = HTTPHeaders()
        for (name, value) in headers { fields.append(name, value) }
        return try await TestClient.connect(hub, as: device, headers: fields)
    }
}
