import Configuration
import EventLoop
import Glibc
import HubTesting
import Model
import Persistence
import TLS
import Testing
import Wire

@testable import Hub

@Suite struct `What the doctor says` {
    private func level(_ findings: [Finding], _ check: String) -> Finding.Level? {
        findings.first { $0.check == check }?.level
    }

    // MARK: Configuration

    @Test func `of the network is a warning without TLS, and none behind a named proxy`() {
        func exposure(_ configure: (inout HubConfiguration) -> Void) -> Finding.Level? {
            var configuration = HubConfiguration()
            configure(&configuration)
            return level(ConfigurationChecks.findings(configuration, error: nil), "configuration.exposure")
        }
        #expect(exposure { _ in } == .ok)
        #expect(exposure { $0.server.host = "127.1.2.3" } == .ok)
        #expect(exposure { $0.server.host = "0.0.0.0" } == .warning)
        #expect(exposure { $0.server.host = "127.0.0.1.example" } == .warning)
        #expect(exposure { $0.security.requiresHTTPS = true } == .error)
        #expect(
            exposure {
                $0.server.host = "::"
                $0.server.trustedProxies = ["10.0.0.0/8"]
            } == .ok)
        #expect(
            exposure {
                $0.server.host = "0.0.0.0"
                $0.server.tlsCertificate = "c.pem"
                $0.server.tlsKey = "k.pem"
            } == .ok)
    }

    @Test func `of origins is a warning only where others can reach the hub`() {
        var configuration = HubConfiguration()
        #expect(level(ConfigurationChecks.findings(configuration, error: nil), "configuration.origins") == .ok)
        configuration.server.host = "0.0.0.0"
        #expect(level(ConfigurationChecks.findings(configuration, error: nil), "configuration.origins") == .warning)
        configuration.security.corsOrigins = ["https://app.example"]
        #expect(level(ConfigurationChecks.findings(configuration, error: nil), "configuration.origins") == .ok)
        configuration.security.streamOrigins = ["*"]
        #expect(level(ConfigurationChecks.findings(configuration, error: nil), "configuration.origins") == .warning)
    }

    @Test func `of a wrong configuration is every mistake, and nothing of the defaults`() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try LoadedConfiguration(
                file: nil, environment: ["HUB__SERVER__PROT": "80", "HUB__FANOUT__TICK_MS": "soon"])
        }
        let findings = ConfigurationChecks.findings(HubConfiguration(), error: error)
        #expect(findings.count == 2)
        #expect(findings.allSatisfy { $0.level == .error && $0.check == "configuration.file" })
    }

    // MARK: The machine

    private var machine: MachineFacts {
        MachineFacts(
            openFiles: 200_000, listenBacklog: 4096, availableMemory: 8 << 30, totalMemory: 16 << 30,
            clock: .synchronized,
            data: MachineFacts.DataDirectory(
                path: "/var/lib/hub", exists: true, isWritable: true, hasForeignOwner: false,
                isWritableByOthers: false, freeBytes: 100 << 30, totalBytes: 200 << 30))
    }

    private func worst(_ change: (inout MachineFacts) -> Void) -> Finding.Level {
        var facts = machine
        change(&facts)
        return DoctorReport(findings: MachineChecks.findings(facts, HubConfiguration())).worst
    }

    @Test func `of a machine that has everything is nothing`() { #expect(worst { _ in } == .ok) }

    @Test func `of a machine that does not tell is no alarm`() {
        #expect(
            worst {
                $0.openFiles = nil
                $0.listenBacklog = nil
                $0.availableMemory = nil
                $0.totalMemory = nil
                $0.clock = .unknown
                $0.data.freeBytes = nil
            } == .ok)
    }

    @Test func `names each thing that a machine lacks`() {
        #expect(worst { $0.openFiles = 1024 } == .warning)
        #expect(worst { $0.listenBacklog = 128 } == .warning)
        #expect(worst { $0.availableMemory = 300 << 20 } == .warning)
        #expect(worst { $0.totalMemory = 200 << 20 } == .error)
        #expect(worst { $0.clock = .unsynchronized } == .warning)
        #expect(worst { $0.data.isWritable = false } == .error)
        #expect(worst { $0.data.isWritableByOthers = true } == .warning)
        #expect(worst { $0.data.hasForeignOwner = true } == .warning)
        #expect(worst { $0.data.freeBytes = 1 << 30 } == .warning)
        #expect(worst { $0.data.freeBytes = 9 << 30 } == .warning)
        #expect(worst { $0.data.freeBytes = 10 << 20 } == .error)
    }

    @Test func `reads this machine's own numbers`() throws {
        let facts = MachineFacts(lookingAt: HubConfiguration())
        #expect(try #require(facts.totalMemory) > 64 << 20)
        #expect(try #require(facts.availableMemory) <= facts.totalMemory ?? 0)
        #expect(try #require(facts.listenBacklog) > 0)
        #expect(try #require(facts.data.totalBytes) > 0)
        let memory = MachineFacts.memory("MemTotal:       16 kB\nMemFree: 1 kB\nMemAvailable:    8 kB\n")
        #expect(memory.total == 16_384 && memory.available == 8_192)
        #expect(MachineFacts.memory("").total == nil)
    }

    @Test func `of a port says whose fault it is`() {
        let server = ServerConfiguration()
        func finding(_ facts: PortFacts) -> Finding { PortChecks.findings(facts, server)[0] }
        #expect(finding(.free).level == .ok)
        #expect(finding(.hub).level == .ok)
        #expect(finding(.refused(number: EADDRINUSE, reason: "")).remedy?.contains("ss -ltnp") == true)
        #expect(finding(.refused(number: EACCES, reason: "")).remedy?.contains("CAP_NET_BIND_SERVICE") == true)
        #expect(finding(.refused(number: EADDRNOTAVAIL, reason: "")).level == .error)
        #expect(finding(.refused(number: ENOMEM, reason: "no memory")).found.hasSuffix("no memory"))
    }

    // MARK: The certificate

    @Test func `of a certificate is an error before and after its time, and a warning near its end`() throws {
        let day: Int64 = 86_400
        let validity = CertificateValidity(notBefore: 100 * day, notAfter: 200 * day)
        func level(day moment: Int64) -> Finding.Level {
            CertificateChecks.finding(validity, at: Timestamp(milliseconds: moment * day * 1000)).level
        }
        #expect(level(day: 99) == .error)
        #expect(level(day: 100) == .ok)
        #expect(level(day: 185) == .ok)
        #expect(level(day: 187) == .warning)
        #expect(level(day: 200) == .error)
        let files = try TestCertificates.shared.get()
        let context = try TLSContext.server(certificateFile: files.certificate, keyFile: files.key)
        let real = try #require(context.validity)
        #expect(real.notAfter - real.notBefore == 2 * day)
        var server = ServerConfiguration()
        #expect(CertificateChecks.findings(server, at: SystemClock().now).isEmpty)
        (server.tlsCertificate, server.tlsKey) = (files.certificate, files.renewedKey)
        #expect(CertificateChecks.findings(server, at: SystemClock().now)[0].level == .error)
    }

    // MARK: The report

    @Test func `is worth an exit code, lines for people and an object for machines`() throws {
        var report = DoctorReport(findings: [.ok("a.b", "fine")])
        #expect(report.exitCode == .success)
        report.findings.append(.warning("c.d", "odd", means: "It \"bends\".", do: "Straighten it."))
        #expect(report.exitCode.rawValue == 1)
        report.findings.append(.error("e.f", "broken", means: "It is.", do: "Mend it."))
        #expect(report.exitCode.rawValue == 2)
        #expect(
            report.text == """
                OK       a.b: fine
                WARNING  c.d: odd
                         It "bends".
                         -> Straighten it.
                ERROR    e.f: broken
                         It is.
                         -> Mend it.
                3 checks, 1 warnings, 1 errors

                """)
        let json = try JSONValue(Array(report.json.utf8))
        #expect(json["worst"]?.string == "error")
        #expect(json["findings"]?.array?.count == 3)
        #expect(json["findings"]?.array?[1]["meaning"]?.string == #"It "bends"."#)
        #expect(json["findings"]?.array?[0]["remedy"] == nil || json["findings"]?.array?[0]["remedy"]?.isNull == true)
    }
}

@Suite struct `What the doctor says of a database` {
    private func facts(_ test: TestDatabase) async throws -> DatabaseFacts {
        let database = Database(url: test.url, limits: .patient(), on: [try Loop.start()])
        return try await database.withConnection(within: .seconds(60)) { connection in
            try await DatabaseFacts(asking: connection, clock: SystemClock(), log: TestPostgres.log)
        }
    }

    private func finding(_ facts: DatabaseFacts, _ check: String) throws -> Finding {
        try #require(DatabaseChecks.findings(facts, HubConfiguration()).first { $0.check == check })
    }

    @Test func `that is up to date is that its tests do not wait for the disk, and no more`() async throws {
        let test = try await TestPostgres.shared.database(areas: Array(Features.migrations.dropFirst()))
        let start = ContinuousClock.now
        var facts = try await facts(test)
        // The offset is known to half the time that the answer took.
        let uncertain = Duration.seconds(2) + (ContinuousClock.now - start)
        #expect((.zero - uncertain...uncertain).contains(facts.clockOffset))
        facts.clockOffset = .zero
        let findings = DatabaseChecks.findings(facts, HubConfiguration())
        #expect(findings.filter { $0.level != .ok }.map(\.check) == ["database.durability"])
        #expect(facts.version >= 150_000)
        #expect(facts.migrations.pending.isEmpty && facts.migrations.isUsable)
        try await test.drop()
    }

    @Test func `without the map of countries says so, and warns of nothing`() async throws {
        let empty = try await TestPostgres.shared.database(isMigrated: false)
        var facts = try await facts(empty)
        #expect(facts.hasMap == nil)
        #expect(try finding(facts, "database.map").level == .ok)
        try await empty.drop()

        let test = try await TestPostgres.shared.database(areas: Array(Features.migrations.dropFirst()))
        facts = try await self.facts(test)
        #expect(facts.hasMap == false)
        let missing = try finding(facts, "database.map")
        #expect(missing.level == .ok && missing.found.contains("hubd regions import"))
        try await test.run(
            "INSERT INTO travel.region_map (digest, imported_at, bytes) VALUES (sha256(''), now(), '')")
        facts = try await self.facts(test)
        #expect(try finding(facts, "database.map").found == "countries and regions are imported")
        try await test.drop()
    }

    @Test func `that is new, newer or altered tells them apart`() async throws {
        let empty = try await TestPostgres.shared.database(isMigrated: false)
        var facts = try await facts(empty)
        #expect(facts.migrations.pending.count == Features.migrations.map(\.migrations.count).reduce(0, +))
        #expect(try finding(facts, "database.migrations").level == .warning)
        try await empty.drop()

        let test = try await TestPostgres.shared.database(areas: Array(Features.migrations.dropFirst()))
        try await test.run("INSERT INTO core.schema_migrations VALUES ('cafes', 1, 'rooms', 'x')")
        facts = try await self.facts(test)
        #expect(facts.migrations.unknown.map(\.description) == ["cafes/1 (rooms)"])
        #expect(try finding(facts, "database.migrations").level == .error)
        try await test.run("DELETE FROM core.schema_migrations WHERE area = 'cafes'")
        try await test.run("UPDATE core.schema_migrations SET checksum = 'x' WHERE area = 'core' AND number = 2")
        facts = try await self.facts(test)
        #expect(facts.migrations.changed.map(\.number) == [2])
        #expect(!facts.migrations.isUsable)
        #expect(try finding(facts, "database.migrations").level == .error)
        try await test.drop()
    }

    @Test func `names each thing that it lacks`() async throws {
        let test = try await TestPostgres.shared.database()
        let sound = try await facts(test)
        func level(_ check: String, _ change: (inout DatabaseFacts) -> Void) throws -> Finding.Level {
            var facts = sound
            change(&facts)
            return try finding(facts, check).level
        }
        #expect(try level("database.version") { $0.version = 140_009 } == .error)
        #expect(try level("database.version") { $0.encoding = "SQL_ASCII" } == .error)
        #expect(try level("database.role") { $0.isStandby = true } == .error)
        #expect(try level("database.role") { $0.mayCreate = false } == .error)
        #expect(try level("database.connections") { $0.maximumConnections = 4 } == .error)
        #expect(try level("database.clock") { $0.clockOffset = .seconds(-5) } == .warning)
        #expect(try level("database.transactions") { $0.oldestTransactionSeconds = 7200 } == .warning)
        #expect(DatabaseChecks.extensions(sound, needed: ["plpgsql"]).level == .ok)
        #expect(DatabaseChecks.extensions(sound, needed: ["plpgsql", "no_such"]).level == .error)
        try await test.drop()
    }
}

extension TestDatabase {
    fileprivate func run(_ script: String) async throws {
        let database = Database(url: url, limits: .patient(), on: [try Loop.start()])
        try await database.withConnection(within: .seconds(60)) { try await $0.run(script: script) }
    }
}
