internal import Configuration
internal import Earth
internal import EventLoop
internal import Model
internal import Persistence
internal import Telemetry
internal import TerminalText
internal import Travel

/// `hubd regions import`: the map of countries and regions. Works beside a running hub and without one.
struct RegionsCommand {
    private let invocation: CommandInvocation
    private let configuration: HubConfiguration
    private let log: Logger
    private let progress: ProgressDisplay

    init(_ invocation: CommandInvocation, _ configuration: HubConfiguration, log: LogOutput) {
        self.invocation = invocation
        self.configuration = configuration
        log.level = max(log.level, .warning)
        self.log = Logger("regions", output: log)
        progress = .standardError(isQuiet: invocation.has("quiet"))
    }

    func run() async -> ExitCode {
        let loop: Loop
        do throws(LoopError) {
            loop = try Loop.start()
            let interruption = try await Interruption.watch(on: loop)
            await interruption.add { [progress] in progress.stop() }
        } catch {
            Terminal.complain("regions import: \(error)")
            return .brokenInstallation
        }
        let code = await importMap()
        await loop.stop()
        return code
    }

    private func importMap() async -> ExitCode {
        guard let path = invocation.value("file") ?? MapFiles.findMap() else {
            Terminal.complain(
                "regions import: there is no map here; scripts/fetch-map.sh fetches it, or name one by --file")
            return .unavailable
        }
        // The file first: nothing is asked of the database for one that is none.
        let (map, counts): (RegionMap, CellCounts)
        do throws(RegionImportError) {
            (map, counts) = try await progress.showing { () throws(RegionImportError) in try read(path) }
        } catch {
            Terminal.complain("regions import: \(error)")
            return .failure
        }
        return await CommandDatabase.run(configuration, log: log) { database in
            do throws(PostgresError) {
                progress.begin("storing the map", .time)
                try await progress.showing { () async throws(PostgresError) in
                    try await RegionStore(database: database).replace(map, counts: counts, at: SystemClock().now)
                }
            } catch {
                Terminal.complain("regions import: \(error.description)")
                return .unavailable
            }
            Terminal.write("\(map.countries.count) countries and \(map.regions.count) regions imported\n")
            return .success
        }
    }

    private func read(_ path: String) throws(RegionImportError) -> (RegionMap, CellCounts) {
        progress.begin("reading the map", .count("parts of countries"))
        let map = try RegionImport.read(map: path, names: try MapFiles.readNames(in: invocation.value("names"))) {
            progress.expect(Int64($1))
            progress.move(to: Int64($0))
        }
        progress.begin("counting cells", .count("parts of the earth"))
        let counts = CellCounts(of: RegionIndex(map)) {
            progress.expect(Int64($1))
            progress.move(to: Int64($0))
        }
        return (map, counts)
    }
}
