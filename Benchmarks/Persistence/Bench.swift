import EventLoop
import Glibc
import Model
import Persistence
import Telemetry

/// The benchmark: a cluster, a thousand devices, and one journal on one loop.
enum Bench {
    /// - Parameter isBare: Only the bare statement is measured.
    static func run(rate: Int?, isBare: Bool) async throws {
        var template = Array("/tmp/hub-bench-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { return print("no temporary directory") }
        let directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        _ = unsafe chmod(directory, 0o755)
        let loops = try LoopGroup.start(count: 2)
        let log = Logger("bench", output: LogOutput(level: .warning, format: .pretty(colour: false)))
        let metrics = PersistenceMetrics(MetricsRegistry())
        let postgres = try await PrivatePostgres.start(
            PrivatePostgresOptions(dataDirectory: directory), on: loops.loops[1], log: log, metrics: metrics)
        let database = Database(url: postgres.url, on: [loops.loops[1]])
        database.start()
        _ = try await database.withConnection { connection in
            try await Migrator(areas: [.core], log: log).migrate(on: connection)
        }
        let now = Timestamp(milliseconds: Int64(time(nil)) * 1000)
        _ = try await LocationUpkeep(database: database).ensurePartitions(around: now)
        let devices = try await register(1000, in: PostgresDeviceStore(database: database), at: now)
        let server = await postgres.processID() ?? 0

        if isBare || rate == nil {
            let total = 400_000
            let backends = CPUTime.family(of: server)
            try await BareStatement.write(
                total, batchRows: 500, of: devices, from: now.advanced(by: .seconds(-86_400 * 6)), into: database)
            let cost = (CPUTime.family(of: server) - backends) / Double(total)
            print("bare statement of 500 rows: postgres \(pad(cost * 1e6, 0)) us/row")
        }
        guard !isBare else { return await close(database, postgres, loops, directory) }
        print("batch flights     rows     rows/s  hub us/row  postgres us/row  ack p50 ms  p99 ms")
        let shapes: [(Int, Int)] = rate == nil ? [(50, 1), (50, 2), (500, 1), (500, 2)] : [(500, 1), (500, 2)]
        for (round, shape) in shapes.enumerated() {
            var limits = JournalLimits()
            limits.writeBehind.batchRows = shape.0
            limits.writeBehind.backlogRows = shape.0
            limits.writeBehind.flights = shape.1
            let journal = LocationJournal(
                url: postgres.url, limits: limits, on: loops.loops[0], log: log, metrics: metrics)
            let total = rate.map { $0 * 10 } ?? 400_000
            let load = Load(
                journal: journal, devices: devices, total: total, rate: rate,
                first: now.advanced(by: .seconds(-86_400 * (round + 1))), batchRows: shape.0 * shape.1 * 2)
            let (hub, backends) = (CPUTime.own, CPUTime.family(of: server))
            let start = ContinuousClock.now
            await load.run()
            let elapsed = start.duration(to: .now) / .seconds(1)
            let hubCost = (CPUTime.own - hub) / Double(total)
            let serverCost = (CPUTime.family(of: server) - backends) / Double(total)
            let (median, worst) = load.percentiles()
            print(
                pad(shape.0, 5), pad(shape.1, 7), pad(total, 8), pad(Int(Double(total) / elapsed), 10),
                pad(hubCost * 1e6, 11), pad(serverCost * 1e6, 16), pad(median, 11), pad(worst, 7))
            _ = await journal.drain(within: .seconds(10))
        }
        await close(database, postgres, loops, directory)
    }

    private static func close(
        _ database: Database, _ postgres: PrivatePostgres, _ loops: LoopGroup, _ directory: String
    ) async {
        await database.close()
        await postgres.stop()
        await loops.stop()
        print("the cluster's files are in \(directory)")
    }

    private static func register(
        _ count: Int, in store: PostgresDeviceStore, at now: Timestamp
    ) async throws -> [DeviceID] {
        var devices: [DeviceID] = []
        for number in 0..<count {
            guard let group = GroupID("bench-\(number / 20)") else { continue }
            let id = DeviceID(.version7(at: now))
            let registration = DeviceRegistration(id: id, displayName: "Device \(number)", group: group)
            devices.append(try await store.register(registration, limit: 20, at: now).device.id)
        }
        return devices
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func pad(_ value: Double, _ width: Int) -> String {
        let text = String(Int(value)) + "." + String(Int(value * 100) % 100 + 100).dropFirst()
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
