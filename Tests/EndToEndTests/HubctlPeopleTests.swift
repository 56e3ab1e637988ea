import Foundation
import Glibc
import Testing
import Wire

/// What people do with hubctl, in terminals and in scripts, with a real hub.
@Suite(.timeLimit(.minutes(5)))
struct HubctlPeopleTests {
    private static let password = "seven violet umbrellas"

    /// Somebody with a folder of profiles of their own.
    private struct Person {
        let environment: [String: String]

        init(at hub: HubProcess) throws {
            environment = [
                "XDG_CONFIG_HOME": try TestFiles.directory(), "HUBCTL_URL": "http://127.0.0.1:\(hub.port)", "TZ": "UTC",
            ]
        }

        /// Runs hubctl to its end.
        func run(_ words: [String], _ more: [String: String] = [:]) async throws -> ProgramRun.Outcome {
            try await ProgramRun.run("hubctl", words, environment: environment.merging(more) { $1 })
        }

        /// Runs a command of the shell, in which `hubctl` is `$HUBCTL`.
        func shell(_ command: String) async throws -> ProgramRun.Outcome {
            let variables = environment.map { "export \($0.key)='\($0.value)'" }.joined(separator: "; ")
            let program = try TestFiles.program("hubctl")
            return try await ProgramRun.run(system: "sh", ["-c", "\(variables); HUBCTL='\(program)'; \(command)"])
        }

        func terminal(_ words: [String]) throws -> TerminalRun {
            try TerminalRun("hubctl", words, environment: environment)
        }

        func register(_ username: String, _ name: String) async throws -> String {
            let made = try await run(
                ["register", "--email", "\(username)@example.org", "--username", username, "--name", name, "--json"],
                ["HUBCTL_PASSWORD": HubctlPeopleTests.password])
            guard made.status == 0, let id = made.json?["id"]?.string else {
                throw Unexpected(what: "no account: \(made.errors)")
            }
            return id
        }
    }

    @Test func `a password is asked for twice and never shown, and the terminal is put back`() async throws {
        try await HubProcess.with { hub in
            let ada = try Person(at: hub)
            let words = ["register", "--email", "ada@example.org", "--username", "ada"]
            let run = try ada.terminal(words)
            try await run.wait(for: "Password for the new account: ")
            #expect(!run.isCooked)
            run.type(Self.password + "\r")
            try await run.wait(for: "again: ")
            run.type(Self.password + "\r")
            #expect(try await run.waitForEnd() == 0)
            #expect(run.output.contains("registered as @ada"))
            #expect(!run.output.contains(Self.password))
            #expect(run.isCooked)
            let profiles = TestFiles.text(
                ada.environment["XDG_CONFIG_HOME", default: ""] + "/presence-hub/profiles.json")
            #expect(!profiles.contains(Self.password))

            let given = try ada.terminal(["login", "--username", "ada"])
            try await given.wait(for: "Password: ")
            given.signal(SIGTERM)
            #expect(try await given.waitForEnd() == -SIGTERM)
            #expect(given.isCooked)

            #expect(try await ada.run(["whoami", "--json"]).json?["username"]?.string == "ada")
            let sessions = try await ada.run(["sessions", "--json"])
            #expect(sessions.json?["sessions"]?.array?.count == 1)
            #expect(try await ada.run(["logout"]).status == 0)
            #expect(try await ada.run(["whoami"]).status == 77)
            let wrong = ["HUBCTL_PASSWORD": "three violet umbrellas"]
            #expect(try await ada.run(["login", "--username", "ada"], wrong).status == 77)
            #expect(try await ada.run(["login", "--username", "ada"], ["HUBCTL_PASSWORD": Self.password]).status == 0)
        }
    }

    @Test func `two people chat in terminals while the hub is killed and comes back`() async throws {
        try await HubProcess.with { hub in
            let (ada, bo) = (try Person(at: hub), try Person(at: hub))
            let adaID = try await ada.register("ada", "Ada")
            let boID = try await bo.register("ben", "Ben")
            let adas = try ada.terminal(["chat", "@\(boID)"])
            try await adas.wait(for: "Ben> ")
            let bos = try bo.terminal(["chat", "@\(adaID)"])
            try await bos.wait(for: "Ada> ")
            adas.type("hello Ben\r")
            try await bos.wait(for: "Ada: hello Ben")
            // Said once in a while, and not at all before the conversation is live: so it is written on until it is seen.
            for _ in 0..<10 where adas.count(of: "Ben is typing") == 0 {
                bos.type("x")
                try? await Support.eventually("Ben is seen typing", within: .seconds(4)) {
                    adas.count(of: "Ben is typing") > 0
                }
            }
            try await adas.wait(for: "Ben is typing")
            bos.type("\u{15}héllo 猫\r")
            try await adas.wait(for: "Ben: héllo 猫")

            hub.run.signal(SIGKILL)
            try await adas.wait(for: "connecting again")
            adas.type("while you were away\r")
            bos.type("me too\r")
            try await adas.wait(for: "1 not sent yet")
            try await hub.restart()
            try await bos.wait(for: "Ada: while you were away")
            try await adas.wait(for: "Ben: me too")
            adas.type("/edit 1 hello dear Ben\r")
            try await bos.wait(for: "Ada: hello dear Ben")
            bos.type("/react 1 :heart:\r")
            try await adas.wait(for: "on #1")
            adas.resize(columns: 40)
            adas.type("/who\r")
            try await adas.wait(for: "Ben: online")
            for (run, text) in [(bos, "Ada: hello Ben"), (bos, "Ada: while you were away"), (adas, "Ben: me too")] {
                #expect(run.count(of: text) == 1, "\(text)")
            }
            #expect(!adas.isCooked)
            adas.type("/quit\r")
            #expect(try await adas.waitForEnd() == 0)
            #expect(adas.isCooked)
            bos.signal(SIGTERM)
            #expect(try await bos.waitForEnd() == 0)
            #expect(bos.isCooked)

            let history = try await bo.shell("$HUBCTL chat Ada --json --history 100 < /dev/null")
            let texts = history.output.split(separator: "\n").compactMap { line in
                (try? JSONValue(Array(line.utf8)))?["text"]?.string
            }
            #expect(Set(texts) == ["hello dear Ben", "héllo 猫", "while you were away", "me too"])
            #expect(texts.count == 4)
        }
    }

    @Test func `a group is made, joined by a code, talked in, handed over and left`() async throws {
        try await HubProcess.with { hub in
            let (ada, ben) = (try Person(at: hub), try Person(at: hub))
            _ = try await ada.register("ada", "Ada")
            _ = try await ben.register("ben", "Ben")
            #expect(try await ada.run(["groups", "create", "Family", "--id", "smiths"]).status == 0)
            let code = try await ada.run(["invite", "smiths", "--uses", "1", "--json"]).json?["code"]?.string
            let shown = try await ben.run(["join", try #require(code), "--show"])
            #expect(shown.output.contains("Family"))
            #expect(try await ben.run(["join", try #require(code)]).status == 0)
            #expect(try await ben.run(["join", "ZZZZZ-ZZZZZ"]).status == 65)
            // Ends while it is still connecting, each time at another moment.
            let ends = try await ben.shell("for i in $(seq 30); do $HUBCTL chat Family < /dev/null || exit 9; done")
            #expect(ends.status == 0, "\(ends.errors)")
            let said = try await ben.shell("echo hello | $HUBCTL chat Family")
            #expect(said.status == 0, "\(said.errors)")
            #expect(try await ada.run(["conversations"]).output.contains("Ben: hello"))
            #expect(try await ada.run(["who", "smiths"]).output.contains("Ben"))
            #expect(try await ada.run(["groups", "hand-over", "smiths", "@ben"]).status == 0)
            #expect(try await ada.run(["groups", "leave", "smiths"]).status == 0)
            #expect(try await ada.run(["groups", "--json"]).json?["groups"]?.array?.isEmpty == true)
            #expect(try await ben.run(["block", "@ada"]).status == 0)
            #expect(try await ben.run(["blocks"]).output.contains("@ada"))
            #expect(try await ben.run(["unblock", "@ada"]).status == 0)
        }
    }

    @Test func `each line of a pipe is a message, once and in order, also over a hub that is killed`() async throws {
        try await HubProcess.with { hub in
            let (ada, bo) = (try Person(at: hub), try Person(at: hub))
            let adaID = try await ada.register("ada", "Ada")
            let boID = try await bo.register("ben", "Ben")
            // Half of them now, half once the hub has been killed.
            let marker = try TestFiles.directory() + "/killed"
            async let sent = ada.shell(
                "(seq 1 40; while [ ! -e \(marker) ]; do sleep 0.05; done; seq 41 80) | $HUBCTL chat @\(boID)")
            try await Support.eventually("the first half is stored") {
                let seen = try await bo.shell("$HUBCTL chat @\(adaID) --json --history 100 < /dev/null")
                return seen.output.split(separator: "\n").count == 40
            }
            hub.run.signal(SIGKILL)
            _ = FileManager.default.createFile(atPath: marker, contents: nil)
            try await hub.restart()
            let outcome = try await sent
            #expect(outcome.status == 0, "\(outcome.errors.suffix(500))")
            let seen = try await bo.shell("$HUBCTL chat @\(adaID) --json --history 200 < /dev/null")
            let texts = seen.output.split(separator: "\n").compactMap { line in
                (try? JSONValue(Array(line.utf8)))?["text"]?.string
            }
            #expect(texts == (1...80).map { String($0) })
        }
    }
}
