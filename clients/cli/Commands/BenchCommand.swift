import Model

/// `bench`: load, and what it costs.
enum BenchCommand {
    static let command = Command(
        name: "bench", summary: "put load on a hub and measure latency, throughput and cost",
        discussion: [
            "Every device is a WebSocket client that sends and watches its group. In the open loop (--rate) devices "
                + "send on a timetable, and latency counts from the moment a message was due, so that a hub that stalls "
                + "cannot hide it; what this program itself was late by is told as send lag. In the closed loop "
                + "(--window) a device sends when an earlier message was acknowledged.",
            "Fan-out latency ends when each other member has received the positions with that fix. A fix that a newer "
                + "one replaced before the hub's tick is counted apart. Percentiles are within a thousandth of the value.",
            "Without options it measures fan-out in 50 groups of 20 at 1 fix a second each. Durable acknowledgements at 5,000 "
                + "fixes a second: --groups 5 --rate 50 --batch 50. Idle connections: --connections-only 10000. The "
                + "highest rate: --window 1.",
            "Give --hub-pid and --postgres-pid (of the postmaster) to measure CPU time on this machine. The hub's rate "
                + "limits apply: raise or disable them for a load beyond them. Several processes can share the work.",
        ],
        options: [
            Option("groups", .value("N"), "groups; 50 if not given"),
            Option("devices", .value("N"), "devices a group; 20 if not given"),
            Option("rate", .value("R"), "fixes a second and device, open loop; 1 if not given"),
            Option("window", .value("N"), "closed loop instead: messages on their way a device"),
            Option("batch", .value("N"), "fixes a message, 1 to 50; 1 if not given"),
            Option("burst", .value("N"), "open loop: messages a device sends at a time, 1 to 512; 1 if not given"),
            Option("duration", .value("TIME"), "of the measurement; 30s if not given"),
            Option("warmup", .value("TIME"), "before it; 5s if not given"),
            Option("no-watch", "devices do not watch their group: nothing is fanned out"),
            Option("connections-only", .value("N"), "only hold N connections open, and measure the hub's memory"),
            Option(
                "as", .value("WHO"), "what they connect as: device (in groups of 20) or watcher; device if not given"),
        ] + HubEndpoint.options + [
            Option("hub-pid", .value("PID"), "measure the CPU time and memory of this process"),
            Option("postgres-pid", .value("PID"), "measure the CPU time of this process and its children"),
            Option("loops", .value("N"), "event loops of this program; 1 if not given"),
            Option("prefix", .value("NAME"), "of the groups; new ones every time if not given"),
            Option("seed", .value("N"), "of the devices' phases; 1 if not given"),
            Option("json", "print JSON"), Option("buckets", "with --json: the whole histograms"),
            ProgressOption.quiet,
        ],
        run: { invocation in
            let arguments = invocation.arguments
            var settings = try settings(arguments)
            let target = try invocation.target()
            let held = try arguments.integer("connections-only", in: 1...1_000_000)
            if let held {
                settings.groups = (held + settings.devices - 1) / settings.devices
                settings.watches = false
            }
            let run = BenchRun(
                settings: settings, target: target,
                endpoint: try HubEndpoint(target: target, arguments),
                processes: BenchRun.Processes(
                    hub: try arguments.integer("hub-pid", in: 1...Int(Int32.max)),
                    postgres: try arguments.integer("postgres-pid", in: 1...Int(Int32.max))),
                progress: ProgressOption.display(arguments))
            if held != nil {
                let asDevices = try isDevice(arguments)
                let report = try await ProgressOption.showing(run.progress) { () async throws(CommandFailure) in
                    try await run.hold(asDevices: asDevices)
                }
                for line in arguments.has("json") ? [report.json.text] : report.lines { Output.line(line) }
                return report.lost == 0 ? .ok : .tryLater
            }
            let report = try await ProgressOption.showing(run.progress) { () async throws(CommandFailure) in
                try await run.measure()
            }
            let json = arguments.has("json") ? report.json(withBuckets: arguments.has("buckets")).text : nil
            for line in json.map({ [$0] }) ?? report.lines { Output.line(line) }
            return report.isSound ? .ok : .tryLater
        })

    private static func isDevice(_ arguments: Arguments) throws(CommandFailure) -> Bool {
        switch arguments.text("as") ?? "device" {
        case "device": true
        case "watcher": false
        default: throw .usage("--as must be device or watcher")
        }
    }

    private static func settings(_ arguments: Arguments) throws(CommandFailure) -> BenchSettings {
        var generator = SystemRandomNumberGenerator()
        let made = "bench-" + String(UInt32.random(in: 0...UInt32.max, using: &generator), radix: 36)
        var settings = BenchSettings(prefix: arguments.text("prefix") ?? made)
        settings.groups = try arguments.integer("groups", in: 1...100_000) ?? settings.groups
        settings.devices = try arguments.integer("devices", in: 1...1000) ?? settings.devices
        settings.batch = try arguments.integer("batch", in: 1...50) ?? 1
        // Of a device the newest 1024 messages can be told apart, which is as many as two bursts, or a window twice.
        settings.burst = try arguments.integer("burst", in: 1...512) ?? 1
        settings.loops = try arguments.integer("loops", in: 1...64) ?? 1
        settings.duration = try arguments.duration("duration") ?? settings.duration
        settings.warmup = try arguments.duration("warmup") ?? settings.warmup
        settings.seed = UInt64(try arguments.integer("seed", in: 0...Int.max) ?? 1)
        settings.watches = !arguments.has("no-watch")
        guard settings.duration > .zero else { throw .usage("--duration must be longer than nothing") }
        let rate = try arguments.number("rate", in: 0.001...1000)
        if let window = try arguments.integer("window", in: 1...512) {
            guard rate == nil else { throw .usage("--rate is of the open loop and --window of the closed one") }
            guard settings.burst == 1 else {
                throw .usage("--burst is of the open loop and --window of the closed one")
            }
            settings.pressure = .closed(window: window)
        } else {
            settings.pressure = .open(rate: rate ?? 1)
        }
        return settings
    }
}
