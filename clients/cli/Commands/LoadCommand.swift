import Model

/// `load`: what phones ask of the REST interface, by the thousand.
enum LoadCommand {
    static let command = Command(
        name: "load", summary: "put the requests of many phones on a hub's REST interface",
        discussion: [
            "Every connection is one device's and stays open. Requests leave on a timetable, whether or not the hub keeps "
                + "up, each on the next connection that waits for nothing; latency counts from the moment a request was "
                + "due to the end of its answer. Percentiles are within a thousandth of the value.",
            "The scenario phone-manager is the load test of the hub's contract: of a hundred requests 5 register a new device, "
                + "60 upload a location, 10 upload 25 locations and 25 list a group's devices.",
            "Give --hub-pid and --postgres-pid (of the postmaster) to measure memory, CPU time and database connections on this "
                + "machine. The hub's rate limits apply: raise or disable them for a load beyond them.",
        ],
        options: [
            Option("scenario", .value("NAME"), "phone-manager, which is also what is done if not given"),
            Option("connections", .value("N"), "open connections; 10000 if not given"),
            Option("rate", .value("R"), "requests a second over all of them; 1000 if not given"),
            Option("duration", .value("TIME"), "of the measurement; 5m if not given"),
            Option("warmup", .value("TIME"), "before it; 10s if not given"),
            Option("hub-pid", .value("PID"), "measure the CPU time and memory of this process"),
            Option("postgres-pid", .value("PID"), "measure the CPU time of this process and its children"),
            Option("loops", .value("N"), "event loops of this program; 1 if not given"),
            Option("prefix", .value("NAME"), "of the groups; new ones every time if not given"),
            Option("seed", .value("N"), "of the order of requests and devices; 1 if not given"),
            Option("json", "print JSON"), ProgressOption.quiet,
        ],
        run: { invocation in
            let arguments = invocation.arguments
            let name = arguments.text("scenario") ?? LoadScenario.phoneManager.rawValue
            guard let scenario = LoadScenario(rawValue: name) else {
                let names = LoadScenario.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure.usage("there is no scenario '\(PlainText.line(name))'; there is \(names)")
            }
            let run = LoadRun(
                scenario: scenario, settings: try settings(arguments), target: try invocation.target(),
                processes: BenchRun.Processes(
                    hub: try arguments.integer("hub-pid", in: 1...Int(Int32.max)),
                    postgres: try arguments.integer("postgres-pid", in: 1...Int(Int32.max))),
                progress: ProgressOption.display(arguments))
            let report = try await ProgressOption.showing(run.progress) { () async throws(CommandFailure) in
                try await run.measure()
            }
            for line in arguments.has("json") ? [report.json.text] : report.lines { Output.line(line) }
            return report.isSound ? .ok : .tryLater
        })

    private static func settings(_ arguments: Arguments) throws(CommandFailure) -> LoadSettings {
        var generator = SystemRandomNumberGenerator()
        let made = "load-" + String(UInt32.random(in: 0...UInt32.max, using: &generator), radix: 36)
        var settings = LoadSettings(prefix: arguments.text("prefix") ?? made)
        settings.connections = try arguments.integer("connections", in: 1...1_000_000) ?? settings.connections
        settings.rate = try arguments.number("rate", in: 0.1...1_000_000) ?? settings.rate
        settings.duration = try arguments.duration("duration") ?? settings.duration
        settings.warmup = try arguments.duration("warmup") ?? settings.warmup
        settings.loops = try arguments.integer("loops", in: 1...64) ?? settings.loops
        settings.seed = UInt64(try arguments.integer("seed", in: 0...Int.max) ?? 1)
        guard settings.duration > .zero else { throw .usage("--duration must be longer than nothing") }
        guard settings.connections >= settings.loops else { throw .usage("each loop needs a connection at least") }
        // Names of new devices' groups add a word and two numbers.
        guard settings.prefix.utf8.count <= 24 else { throw .usage("--prefix is 24 characters long at most") }
        _ = try settings.group(0)
        return settings
    }
}
