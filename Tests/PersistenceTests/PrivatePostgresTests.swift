import EventLoop
import Glibc
import HubTesting
import Persistence
import Testing

@Suite struct `The private Postgres` {
    @Test func `is made, serves, keeps its data over a restart, and leaves no process behind`() async throws {
        try await PrivateClusterFixture.with { fixture in
            let first = try await fixture.start()
            let pid = try #require(await first.processID())
            _ = try await fixture.query("CREATE TABLE kept AS SELECT 42 AS answer", on: first)
            await first.stop()
            #expect(!PrivateClusterFixture.isRunning(pid))
            let second = try await fixture.start()
            #expect(try await fixture.query("SELECT answer FROM kept", on: second)[0].int32(0) == 42)
            let settings = try await fixture.query(
                "SELECT current_setting('listen_addresses'), current_setting('log_min_error_statement')", on: second)
            #expect(settings[0].text(0) == "" && settings[0].text(1) == "panic")
            await second.stop()
        }
    }

    @Test func `is refused to a second hub, and left alone by it`() async throws {
        try await PrivateClusterFixture.with { fixture in
            let postgres = try await fixture.start()
            let pid = await postgres.processID()
            let error = await #expect(throws: PrivatePostgresError.inUse(directory: fixture.directory)) {
                try await fixture.start()
            }
            #expect(try !#require(error).description.contains("\n"))
            #expect(await postgres.processID() == pid)
            _ = try await fixture.query("SELECT 1", on: postgres)
            await postgres.stop()
        }
    }

    @Test func `that is killed is started again, and pools find it`() async throws {
        try await PrivateClusterFixture.with { fixture in
            let postgres = try await fixture.start()
            let database = Database(url: postgres.url, limits: .patient(), on: [fixture.loop])
            database.start()
            let ping = PostgresQuery(PostgresStatement("ping", "SELECT 1"))
            _ = try await database.query(ping)
            for _ in 0..<2 {
                let pid = try #require(await postgres.processID())
                kill(pid, SIGKILL)
                // Every query either fails as a lost connection or is answered by the next server.
                var isAnswered = false
                while !isAnswered {
                    do throws(PostgresError) {
                        _ = try await database.query(ping, timeout: .seconds(20))
                        isAnswered = await postgres.processID().map { $0 != pid } ?? false
                    } catch {
                        #expect(error.isTransient)
                    }
                }
            }
            await database.close()
            await postgres.stop()
        }
    }

    @Test func `that a killed hub left running is taken over, supervised and stopped`() async throws {
        try await PrivateClusterFixture.with { fixture in
            let pid = try await abandonServer(fixture)
            #expect(PrivateClusterFixture.isRunning(pid))
            let postgres = try await fixture.start()
            #expect(await postgres.processID() == pid)
            kill(pid, SIGKILL)
            // Polled: the server's end has no event of its own here.
            while await postgres.processID().map({ $0 == pid }) ?? true { try await Task.sleep(for: .milliseconds(5)) }
            _ = try await fixture.query("SELECT 1", on: postgres)
            let next = try #require(await postgres.processID())
            await postgres.stop()
            #expect(!PrivateClusterFixture.isRunning(next))
        }
    }

    @Test func `that a killed hub left running and taken over is stopped with the hub`() async throws {
        try await PrivateClusterFixture.with { fixture in
            let pid = try await abandonServer(fixture)
            let postgres = try await fixture.start()
            await postgres.stop()
            #expect(!PrivateClusterFixture.isRunning(pid))
        }
    }

    @Test func `that was left running and does not answer is stopped and started anew`() async throws {
        try await PrivateClusterFixture.with { fixture in
            let pid = try await abandonServer(fixture)
            // Its socket is gone, so that nobody can reach it.
            unlink(fixture.directory + "/run/.s.PGSQL.5432")
            let postgres = try await fixture.start()
            #expect(await postgres.processID() != pid)
            #expect(!PrivateClusterFixture.isRunning(pid))
            _ = try await fixture.query("SELECT 1", on: postgres)
            await postgres.stop()
        }
    }

    @Test func `starts over the pid file of a server that is gone, whoever has its number now`() async throws {
        try await PrivateClusterFixture.with { fixture in
            let first = try await fixture.start()
            await first.stop()
            try fixture.write(
                "\(getpid())\n\(fixture.directory)/postgres\n1\n5432\n/tmp\n\n  1 1\nready   \n",
                to: "postgres/postmaster.pid")
            let second = try await fixture.start()
            _ = try await fixture.query("SELECT 1", on: second)
            await second.stop()
        }
    }

    @Test func `is finished when an earlier attempt to make it was cut short`() async throws {
        try await PrivateClusterFixture.with { fixture in
            mkdir(fixture.directory + "/postgres.new", 0o700)
            try fixture.write("15\n", to: "postgres.new/PG_VERSION")
            let postgres = try await fixture.start()
            _ = try await fixture.query("SELECT 1", on: postgres)
            await postgres.stop()
        }
    }

    @Test func `does not touch the files of another major version`() async throws {
        try await PrivateClusterFixture.with { fixture in
            mkdir(fixture.directory + "/postgres", 0o700)
            try fixture.write("9.6\n", to: "postgres/PG_VERSION")
            let thrown = await #expect(throws: PrivatePostgresError.self) { try await fixture.start() }
            let error = try #require(thrown)
            guard case .otherVersion(_, let files, let installed) = error else { throw error }
            #expect(files == "9.6" && !installed.isEmpty)
            #expect(!error.description.contains("\n"))
            // The lock is free again.
            await #expect(throws: error) { try await fixture.start() }
        }
    }

    @Test func `does not settle among files that are not Postgres's`() async throws {
        try await PrivateClusterFixture.with { fixture in
            mkdir(fixture.directory + "/postgres", 0o700)
            try fixture.write("mine", to: "postgres/notes.txt")
            let error = await #expect(throws: PrivatePostgresError.self) { try await fixture.start() }
            #expect(try #require(error).description.contains("not of Postgres"))
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root runs Postgres as another user"))
    func `says which directory its user cannot enter`() async throws {
        try await PrivateClusterFixture.with { fixture in
            chmod(fixture.directory, 0o700)
            let expected = PrivatePostgresError.unreachable(directory: fixture.directory, user: "postgres")
            await #expect(throws: expected) { try await fixture.start() }
        }
    }

    @Test func `puts its socket elsewhere when the data directory's name is long`() async throws {
        try await PrivateClusterFixture.with { fixture in
            let long = fixture.directory + "/" + String(repeating: "long", count: 30)
            var options = fixture.options
            options.dataDirectory = long
            let postgres = try await fixture.start(options)
            #expect(postgres.url.contains("host='/tmp/presence-hub-"))
            _ = try await fixture.query("SELECT 1", on: postgres)
            await postgres.stop()
            let socketDirectory = String(postgres.url.split(separator: "'")[1])
            #expect(access(socketDirectory, F_OK) != 0)
        }
    }

    @Test func `tells in one line what its log says when it does not start`() async throws {
        try await PrivateClusterFixture.with { fixture in
            let first = try await fixture.start()
            await first.stop()
            try fixture.write("shared_buffers = 'nonsense'\n", to: "postgres/postgresql.local.conf")
            chmod(fixture.directory + "/postgres/postgresql.local.conf", 0o644)
            let error = await #expect(throws: PrivatePostgresError.self) { try await fixture.start() }
            let line = try #require(error).description
            #expect(line.contains("does not start") && !line.contains("\n"))
        }
    }

    /// Starts a server as a hub does that is then killed: its supervisor goes and its lock is free, the server stays.
    private func abandonServer(_ fixture: PrivateClusterFixture) async throws -> Int32 {
        let pid = try await startAndForget(fixture)
        // The lock goes with the last reference to the supervisor, which the runtime may still be giving up.
        while true {
            do throws(PrivatePostgresError) {
                try DataDirectoryLock(directory: fixture.directory).release()
                return pid
            } catch {
                guard case .inUse = error else { throw error }
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func startAndForget(_ fixture: PrivateClusterFixture) async throws -> Int32 {
        let loop = try Loop.start()
        let postgres = try await fixture.start(on: loop)
        let pid = try #require(await postgres.processID())
        await loop.stop()
        return pid
    }
}
