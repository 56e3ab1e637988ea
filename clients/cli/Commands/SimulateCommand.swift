import EventLoop
import Model

/// `simulate`, also called `demo`: a group of people on the move.
enum SimulateCommand {
    static let simulate = make(name: "simulate", summary: "let simulated people move, each a device of its own")
    static let demo = make(name: "demo", summary: "the same, in a group called demo")

    private static func make(name: String, summary: String) -> Command {
        Command(
            name: name, summary: summary,
            discussion: [
                "Registers the devices and moves them in real time until Ctrl-C: walkers, cyclists and drivers in the "
                    + "streets of a made-up city, who keep to what such people can do, with the errors of GPS. The same "
                    + "--seed gives the same movements.",
                "With --tracks the devices follow the recorded tracks of a folder (GPX and CSV) instead, there and back.",
            ],
            options: [
                Option(
                    "group", .value("G"), required: name == "simulate",
                    "the group the devices are in" + (name == "demo" ? "; demo if not given" : "")),
                Option("devices", .value("N"), "how many; 20 if not given, or the tracks there are"),
                Option("tracks", .value("DIR"), "a folder of tracks to follow"),
                Option("seed", .value("N"), "of the simulation; 1 if not given"),
                Option("around", .value("LAT,LON"), "the city's centre; Bratislava's if not given"),
                Option("speed", .value("1x"), "how much faster than life, from 1x (the default) to 100x"),
                Option("for", .value("TIME"), "end by itself so long after all are connected"),
            ] + HubEndpoint.options + [
                Option("json", "print the summary as JSON"),
                ProgressOption.quiet,
            ],
            run: run)
    }

    private static let run: @Sendable (Invocation) async throws -> ExitCode = { invocation in
        let arguments = invocation.arguments
        let group = try DeviceCommands.group(arguments.text("group") ?? "demo")
        let seed = try arguments.integer("seed", in: 0...Int.max) ?? 1
        guard case .times(let factor) = try ReplaySpeed(arguments.text("speed") ?? "1x"), factor <= 100 else {
            throw CommandFailure.usage("--speed must be from 1x to 100x")
        }
        let length = try arguments.duration("for")
        let count = try arguments.integer("devices", in: 1...1000)
        let target = try invocation.target()
        let endpoint = try HubEndpoint(target: target, arguments)
        var makers: [(identity: DeviceIdentity, make: (Timestamp) -> any FixSource & Sendable)] = []
        if let folder = arguments.text("tracks") {
            for path in try TrackFile.paths(in: folder).prefix(count ?? 20) {
                let track = try TrackFile.read(path, accuracy: 10)
                let name = track.source.split(separator: ".").first.map(String.init) ?? track.source
                let identity = DeviceIdentity(group: group, source: track.source, name: name)
                makers.append((identity, { TrackLoop(track, factor: factor, start: $0) }))
            }
        } else {
            let cast = Cast(count: count ?? 20, seed: UInt64(seed), around: try centre(arguments.text("around")))
            for member in cast.members {
                let identity = DeviceIdentity(group: group, source: "simulated \(member.name)", name: member.name)
                makers.append(
                    (
                        identity,
                        {
                            SimulatedPhone(
                                mode: member.mode, plan: cast.plan, seed: member.seed, start: $0, factor: factor)
                        }
                    ))
            }
        }
        try HubAPI(target: target).register(makers.map(\.identity))
        let start = WallClock.now
        let devices = makers.map {
            StreamRun.Device(identity: $0.identity, source: $0.make(start), label: $0.identity.name)
        }
        for line in directions(group: group, target: target, count: devices.count) { Output.line(line) }
        var settings = DeviceSession.Settings()
        settings.gather = factor > 1 ? .milliseconds(200) : .zero
        let run = StreamRun(
            devices: devices, endpoint: endpoint, settings: settings, progress: ProgressOption.display(arguments),
            on: try StreamCommand.loop())
        await run.run(for: length)
        return try StreamCommand.finish(run, devices: devices, arguments: arguments)
    }

    /// Where to look.
    static func directions(group: GroupID, target: HubTarget, count: Int) -> [String] {
        [
            "\(count) devices are on the move in the group \(group).",
            "  watch them:  hubctl watch \(group) --url \(target.url.http)",
            "  the stream:  \(target.url.stream)  (send {\"type\":\"watch\",\"group\":\"\(group)\"})",
            "Ctrl-C ends it.",
        ]
    }

    private static func centre(_ text: String?) throws(CommandFailure) -> (latitude: Double, longitude: Double) {
        guard let text else { return (48.1486, 17.1077) }
        let parts = text.split(separator: ",").map { Double($0.filter { $0 != " " }) }
        guard parts.count == 2, let latitude = parts[0], let longitude = parts[1], (-80...80).contains(latitude),
            (-179...179).contains(longitude)
        else { throw .usage("--around is LAT,LON in degrees, such as 48.15,17.11") }
        return (latitude, longitude)
    }
}
