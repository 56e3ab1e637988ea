import Foundation
import HTTP
import Model
import Synchronization
import Testing

@testable import hubctl

/// The routes of a hub that give tokens: each refresh token works once, and one used twice ends the sign-in.
private final class TokenDesk: Sendable {
    private struct State {
        var current = "refresh-0"
        var number = 0
        var isOver = false
        var lifetime = 900
    }

    private let state = Mutex(State())

    var refreshes: Int { state.withLock(\.number) }
    var isOver: Bool { state.withLock(\.isOver) }

    func endSignIn() { state.withLock { $0.isOver = true } }

    func issue(lifetime: Int) { state.withLock { $0.lifetime = lifetime } }

    func answer(_ request: HTTPRequest) -> HTTPResponse? {
        let body = String(decoding: request.body, as: UTF8.self)
        switch request.path {
        case "/api/v1/auth/register", "/api/v1/auth/login":
            if body.contains("wrong") { return problem("invalid_credentials", .unauthorized) }
            if body.contains("second"), !body.contains("123456") {
                return problem("second_factor_required", .unauthorized)
            }
            return tokens()
        case "/api/v1/auth/refresh":
            let isGood = state.withLock { state in
                if state.isOver { return false }
                guard body == #"{"refreshToken":"\#(state.current)"}"# else {
                    state.isOver = true
                    return false
                }
                state.number += 1
                state.current = "refresh-\(state.number)"
                return true
            }
            return isGood ? tokens() : problem("token_invalid", .unauthorized)
        case "/api/v1/auth/logout":
            endSignIn()
            return .text("", status: .noContent)
        case "/api/v1/auth/me":
            let good = state.withLock { $0.isOver ? "" : "Bearer access-\($0.number)" }
            guard request.headers["Authorization"] == good else { return problem("token_expired", .unauthorized) }
            return .json(Array(#"{"id":"u","username":"ada","displayName":"Ada","email":"a@b.c"}"#.utf8))
        default: return nil
        }
    }

    private func tokens() -> HTTPResponse {
        let (number, lifetime) = state.withLock { ($0.number, $0.lifetime) }
        let text =
            #"{"user":{"id":"u","username":"ada"},"accessToken":"access-\#(number)","refreshToken":"refresh-\#(number)","#
            + #""expiresIn":\#(lifetime),"tokenType":"Bearer","sessionId":"s"}"#
        return .json(Array(text.utf8))
    }

    private func problem(_ error: String, _ status: HTTPStatus) -> HTTPResponse {
        .json(Array(#"{"status":\#(status.code),"error":"\#(error)","message":"no"}"#.utf8), status: status)
    }
}

@Suite struct `A person's sign-in` {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hubctl-\(UUID().uuidString)")

    private var environment: [String: String] { ["XDG_CONFIG_HOME": folder.path] }
    private var store: ProfileStore { ProfileStore(environment: environment) }

    private func run(_ words: [String], _ more: [String: String] = [:]) async -> ExitCode {
        await CommandTable.run(words, environment: environment.merging(more) { $1 })
    }

    private func withHub(_ body: (TokenDesk, HubURL) async throws -> Void) async throws {
        let (hub, url) = try await ScriptedHub.start()
        let desk = TokenDesk()
        await hub.on { $0.answer = { desk.answer($0) } }
        try await body(desk, url)
        await hub.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// A sign-in whose access token is about to end.
    private func storeOldSignIn(at url: HubURL) throws {
        let signIn = SignIn(
            userId: "u", username: "ada", sessionId: "s", accessToken: "old", refreshToken: "refresh-0",
            expiresAt: WallClock.now.milliseconds + 1000)
        _ = try store.update { profiles in
            profiles.log(in: "default", Profiles.Profile(url: url.http, key: "", signIn: signIn))
        }
    }

    @Test func `begins with a registration or a login, and ends with a logout`() async throws {
        try await withHub { desk, url in
            let password = ["HUBCTL_PASSWORD": "correct horse"]
            #expect(
                await run(["register", "--url", url.http, "--email", "a@b.c", "--username", "ada"], password) == .ok)
            #expect(await run(["whoami"]) == .ok)
            #expect(try store.load().profiles["default"]?.signIn?.username == "ada")
            let mode = try FileManager.default.attributesOfItem(atPath: store.path)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600)
            let wrong = ["HUBCTL_PASSWORD": "wrong"]
            #expect(await run(["login", "--url", url.http, "--email", "a@b.c"], wrong) == .refused)
            #expect(await run(["login", "--url", url.http, "--email", "a@b.c", "--json"], password) == .ok)
            #expect(await run(["logout"]) == .ok)
            #expect(desk.isOver)
            #expect(await run(["whoami"]) == .refused)
        }
    }

    @Test func `takes a second factor`() async throws {
        try await withHub { _, url in
            let words = ["login", "--url", url.http, "--username", "second"]
            let environment = ["HUBCTL_PASSWORD": "correct horse", "HUBCTL_TOTP": "000000"]
            #expect(await run(words, environment) == .refused)
            #expect(await run(words + ["--totp", "123456"], environment) == .ok)
        }
    }

    @Test func `is renewed once, however many hubctl find its token old`() async throws {
        try await withHub { desk, url in
            try storeOldSignIn(at: url)
            let keeper = TokenKeeper(store: store, profile: "default", url: url, caFile: nil)
            let tokens = await withTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        await withCheckedContinuation { continuation in
                            Thread { continuation.resume(returning: try? keeper.accessToken()) }.start()
                        }
                    }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(tokens == Array(repeating: "access-1", count: 8))
            #expect(desk.refreshes == 1)
            #expect(!desk.isOver)
        }
    }

    @Test func `is renewed when the hub refuses a token that looks good`() async throws {
        try await withHub { desk, url in
            try storeOldSignIn(at: url)
            _ = try store.update { $0.profiles["default"]?.signIn?.expiresAt = .max }
            #expect(await run(["whoami"]) == .ok)
            #expect(desk.refreshes == 1)
        }
    }

    @Test func `whose tokens live for less than the margin still works`() async throws {
        try await withHub { desk, url in
            desk.issue(lifetime: 5)
            try storeOldSignIn(at: url)
            #expect(await run(["whoami"]) == .ok)
            #expect(await run(["whoami"]) == .ok)
            #expect(!desk.isOver)
        }
    }

    @Test func `that the hub has ended is told, and nothing is tried again`() async throws {
        try await withHub { desk, url in
            try storeOldSignIn(at: url)
            desk.endSignIn()
            #expect(await run(["whoami"]) == .refused)
            #expect(desk.refreshes == 0)
            #expect(await run(["logout"]) == .ok)
        }
    }

    @Test func `goes to no other hub`() async throws {
        try await withHub { _, url in
            try storeOldSignIn(at: url)
            #expect(await run(["whoami", "--url", "http://127.0.0.1:9"]) == .refused)
            #expect(await run(["devices", "--group", "g1", "--url", "http://127.0.0.1:9"]) == .refused)
        }
    }

    @Test func `waits for another hubctl only so long`() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("lock").path
        func tryToHold() -> ExitCode {
            do throws(CommandFailure) {
                return try ProfileLock.holding(path, patience: .zero) { .ok }
            } catch {
                return error.code
            }
        }
        #expect(try ProfileLock.holding(path) { () throws(CommandFailure) in tryToHold() } == .tryLater)
        #expect(tryToHold() == .ok)
    }

    @Test(arguments: [
        ["register", "--email", "a@b.c"], ["register", "--username", "ada"],
        ["register", "--email", "a@b.c", "--username", "ada", "--group", "g1"],
        ["login", "--email", "a@b.c", "--key", "k"], ["presence", "gone"], ["groups", "create"], ["sessions", "end"],
        ["invite", "g1", "--uses", "0"], ["groups", "role", "g1", "@bo", "king"], ["chat"],
        ["chat", "x", "--history", "-1"],
    ])
    func `is not needed to see that a command line is wrong`(words: [String]) async {
        #expect(await run(words, ["HUBCTL_PASSWORD": "x"]) == .usage)
    }

    @Test(arguments: [
        ["whoami"], ["groups"], ["conversations"], ["chat", "@bo"], ["who"], ["sessions"], ["join", "ABC"],
        ["presence", "away"],
        ["totp", "codes"], ["block", "@bo"], ["groups", "show", "g1"],
    ])
    func `is needed for what people do`(words: [String]) async {
        #expect(await run(words, ["HUBCTL_PASSWORD": "x", "HUBCTL_KEY": "k"]) == .refused)
    }
}
