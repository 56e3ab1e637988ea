internal import Configuration
internal import Earth
internal import Model
internal import Persistence
internal import Telemetry
internal import Travel

/// `hubd regions import`: the map of countries and regions. Works beside a running hub and without one.
struct RegionsCommand {
    private let invocation: CommandInvocation
    private let configuration: HubConfiguration
    private let log: Logger

    init(_ invocation: CommandInvocation, _ configuration: HubConfiguration, log: LogOutput) {
        self.invocation = invocation
        self.configuration = configuration
        log.level = max(log.level, .warning)
        self.log = Logger("regions", output: log)
    }

    func run() async -> ExitCode {
        guard let path = invocation.value("file") ?? MapFiles.findMap() else {
            Terminal.complain(
                "regions import: there is no map here; scripts/fetch-map.sh fetches it, or name one by --file")
            return .unavailable
        }
        // The file first: nothing is asked of the database for one that is none.
        let map: RegionMap
        do throws(RegionImportError) {
            map = try RegionImport.read(map: path, names: try MapFiles.readNames(in: invocation.value("names")))
        } catch {
            Terminal.complain("regions import: \(error)")
            return .failure
        }
        let counts = CellCounts(of: RegionIndex(map))
        return await CommandDatabase.run(configuration, log: log) { database in
            do throws(PostgresError) {
                try await RegionStore(database: database).replace(map, counts: counts, at: SystemClock().now)
            } catch {
                Terminal.complain("regions import: \(error.description)")
                return .unavailable
            }
            Terminal.write("\(map.countries.count) countries and \(map.regions.count) regions imported\n")
            return .success
        }
    }
}
