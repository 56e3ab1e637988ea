import EventLoop
import Glibc
import HubTesting
import Testing
import Wire

/// A hub that a service manager runs.
@Suite(.timeLimit(.minutes(3)))
struct ServiceTests {
    /// Waits for the next message that is no sign of life.
    private func next(_ socket: NotifySocket, _ what: String) async throws -> String {
        var found = ""
        try await Support.eventually(what, within: .seconds(90)) {
            while let message = socket.next() {
                guard message == "WATCHDOG=1" else {
                    found = message
                    return true
                }
            }
            return false
        }
        return found
    }

    @Test func `tells it when it starts, serves, lives, reloads and stops`() async throws {
        let socket = try NotifySocket()
        let settings = ["NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "400000"]
        try await HubProcess.with(settings, isFirst: true) { hub in
            #expect(try await next(socket, "it starts") == "STATUS=Starting")
            #expect(try await next(socket, "it serves") == "READY=1\nSTATUS=Serving port \(hub.port) on 2 loops")
            for _ in 0..<3 { try await Support.eventually("it lives") { socket.next() == "WATCHDOG=1" } }
            hub.run.signal(SIGHUP)
            let reloading = try await next(socket, "it reloads").split(separator: "\n")
            #expect(reloading.first == "RELOADING=1")
            let time = try #require(reloading.first { $0.hasPrefix("MONOTONIC_USEC=") })
            #expect(try #require(UInt64(time.dropFirst("MONOTONIC_USEC=".count))) > 0)
            #expect(try await next(socket, "it has reloaded").hasPrefix("READY=1"))
            hub.run.signal(SIGTERM)
            #expect(try await next(socket, "it stops").hasPrefix("STOPPING=1"))
            #expect(await hub.run.outcome().status == 0)
        }
    }

    @Test func `takes the socket that systemd hands over`() async throws {
        let port = try FreePort.find()
        let settings = [
            "HUB__DATA__DIR=\(try TestFiles.directory())", "HUB__SERVER__LOOPS=2", "HUB__SERVER__HOST=192.0.2.1",
            "HUB__LOGGING__FORMAT=json",
        ]
        let run = try ProgramRun(
            system: "systemd-socket-activate",
            ["--listen=127.0.0.1:\(port)", "--fdname=http"] + settings.map { "--setenv=\($0)" }
                + [try TestFiles.program("hubd"), "serve"])
        // The hub begins with the first connection, which waits for it.
        let address = HubAddress(port: port)
        try await Support.eventually("the hub answers", within: .seconds(90)) {
            guard run.isRunning else { throw Unexpected(what: "it ended: \(run.errorsSoFar)") }
            return (try? await address.get("/api/health/ready").status) == 200
        }
        // From both loops.
        for _ in 0..<20 { #expect(try await address.get("/api/health/live").status == 200) }
        #expect(run.errorsSoFar.contains(#""handed_over":"http""#))
        run.signal(SIGTERM)
        #expect(await run.outcome().status == 0)
    }

    @Test func `refuses nobody while it is started anew on a socket handed over`() async throws {
        let listener = try ListeningSocket()
        let environment = [
            "HUB__DATA__DIR": try TestFiles.directory(), "HUB__SERVER__LOOPS": "2", "HUB__LOGGING__FORMAT": "json",
        ]
        let address = HubAddress(port: listener.port)
        for round in 0..<2 {
            let run = try ProgramRun(
                "hubd", ["serve"], environment: environment, handingOver: [listener.descriptor])
            try await Support.eventually("hub \(round) serves", within: .seconds(90)) {
                guard run.isRunning else { throw Unexpected(what: "it ended: \(run.errorsSoFar)") }
                return run.errorsSoFar.contains(#""message":"serving""#)
            }
            #expect(try await address.get("/api/health/live").status == 200)
            run.signal(SIGTERM)
            #expect(await run.outcome().status == 0)
            // Nobody accepts now, and the kernel still takes connections.
            let waiting = try await RawConnection.connect(port: listener.port)
            await waiting.close()
        }
    }

    @Test func `does not start on something handed over that is no listening socket`() async throws {
        let file = open("/dev/null", O_RDWR)
        defer { close(file) }
        let run = try ProgramRun(
            "hubd", ["serve"], environment: ["HUB__DATA__DIR": try TestFiles.directory()], handingOver: [file])
        let outcome = await run.outcome()
        #expect(outcome.status == 78)
        #expect(outcome.complaints.count == 1)
        #expect(outcome.errors.contains("handed over"))
    }

    @Test func `is found healthy by its own command, and not once it is gone`() async throws {
        try await HubProcess.with { hub in
            // The hub waits two seconds for Postgres, and the command for the hub.
            try await Support.eventually("it is found healthy") {
                let healthy = try await ProgramRun.run("hubd", ["health"], environment: hub.environment)
                return healthy.status == 0 && healthy.json?["status"]?.string == "ready"
            }
            try await Support.eventually("it is found alive") {
                let alive = try await ProgramRun.run("hubd", ["health", "--live"], environment: hub.environment)
                return alive.status == 0 && alive.json?["status"]?.string == "alive"
            }
            _ = await hub.terminate()
            let gone = try await ProgramRun.run("hubd", ["health"], environment: hub.environment)
            #expect(gone.status == 1)
            #expect(gone.complaints == ["hubd: health: no hub answers on 127.0.0.1 port \(hub.port)"])
        }
    }
}
