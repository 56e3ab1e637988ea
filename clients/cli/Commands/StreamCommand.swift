import EventLoop
import Model

/// `stream`: tracks as devices.
enum StreamCommand {
    static let command = Command(
        name: "stream", summary: "replay recorded tracks as devices, until every fix is acknowledged",
        discussion: [
            "Reads GPX 1.1 and CSV (the header names the columns; timestamp, lat and lon are needed), one device a "
                + "file. A device's id follows from the group and the file's name, so a second run is the same device.",
            "A track's times are shifted as a whole, so that its last fix falls on the moment the replay ends: the "
                + "spacing is kept, and no fix lies in the future. At 1x every fix bears the time it is sent at. With "
                + "--loop the tracks run there and back without end and every fix bears the time it is sent at, so "
                + "that at 10x their spacing is a tenth of the recorded one.",
            "Lost connections are opened again, with growing waits or when the hub asks for it, and what was not "
                + "acknowledged is sent again. Exits with 0 only if every fix was acknowledged.",
        ],
        options: [
            Option("group", .value("G"), required: true, "the group the devices are in"),
            Option("track", .values("FILE"), required: true, "GPX or CSV files"),
            Option("speed", .value("10x"), "how much faster than recorded: 1x (the default), 10x, 100x … or max"),
            Option("loop", "there and back again until Ctrl-C"),
            Option("together", "keep the tracks' times to each other, instead of starting all at once"),
            Option("device", .values("UUID"), "ids for the devices, in the order of the files"),
            Option("accuracy", .value("METRES"), "of fixes that have none in the file; 10 if not given"),
            Option("batch", .value("N"), "fixes in a message, at most 50 (the default)"),
            Option("window", .value("N"), "messages a device may have unacknowledged; 8 if not given"),
        ] + HubEndpoint.options + [
            Option("patience", .value("TIME"), "how long the hub may be away; 5m if not given"),
            Option(
                "report", .value("FILE"), "write the ids and times of what was acknowledged, a JSON object a device"),
            Option("json", "print the summary as JSON"),
            ProgressOption.quiet,
        ],
        run: { invocation in
            let arguments = invocation.arguments
            let group = try DeviceCommands.group(arguments)
            let speed = try ReplaySpeed(arguments.text("speed") ?? "1x")
            let settings = try settings(arguments, speed: speed)
            let accuracy = try arguments.number("accuracy", in: 0...100_000) ?? 10
            let paths = arguments.texts("track")
            let identities = try identities(paths, group: group, ids: arguments.texts("device"))
            let target = try invocation.target()
            let endpoint = try HubEndpoint(target: target, arguments)
            var tracks: [Track] = []
            for path in paths { tracks.append(try TrackFile.read(path, accuracy: accuracy)) }
            let span = arguments.has("together") ? try wholeSpan(tracks) : nil
            try checkAges(tracks, span: span, speed: speed, loops: arguments.has("loop"))
            for track in tracks where track.repeated > 0 {
                Output.note("\(track.source): left out \(track.repeated) points with the time of another")
            }
            try HubAPI(target: target).register(identities)
            let start = WallClock.now
            var devices: [StreamRun.Device] = []
            for (track, identity) in zip(tracks, identities) {
                devices.append(
                    StreamRun.Device(
                        identity: identity,
                        source: try source(track, speed, start: start, span: span, loops: arguments.has("loop")),
                        label: track.source))
            }
            let run = StreamRun(
                devices: devices, endpoint: endpoint, settings: settings, progress: ProgressOption.display(arguments),
                on: try StreamCommand.loop())
            await run.run()
            return try finish(run, devices: devices, arguments: arguments)
        })

    /// Prints the summary and writes the report.
    static func finish(
        _ run: StreamRun, devices: [StreamRun.Device], arguments: Arguments
    ) throws(CommandFailure) -> ExitCode {
        let summary = StreamSummary(run)
        if arguments.has("json") {
            Output.line(summary.json.text)
        } else {
            for line in summary.lines { Output.line(line) }
        }
        for failure in summary.failures { Output.note("hubctl: \(failure.message)") }
        if let path = arguments.text("report") {
            try StreamReport.write(StreamReport.text(run.sessions, labels: devices.map(\.label)), to: path)
        }
        return summary.exitCode
    }

    static func loop() throws(CommandFailure) -> Loop {
        do throws(LoopError) {
            return try Loop.start()
        } catch {
            throw CommandFailure(.fault, "cannot start an event loop: \(error)")
        }
    }

    private static func settings(
        _ arguments: Arguments, speed: ReplaySpeed
    ) throws(CommandFailure) -> DeviceSession.Settings {
        var settings = DeviceSession.Settings()
        settings.queue.batch = try arguments.integer("batch", in: 1...50) ?? 50
        settings.queue.window = try arguments.integer("window", in: 1...1000) ?? 8
        settings.patience = try arguments.duration("patience") ?? settings.patience
        settings.gather = speed == .times(1) || speed == .unlimited ? .zero : .milliseconds(200)
        settings.keepsReport = arguments.text("report") != nil
        return settings
    }

    private static func source(
        _ track: Track, _ speed: ReplaySpeed, start: Timestamp, span: ClosedRange<Timestamp>?, loops: Bool
    ) throws(CommandFailure) -> any FixSource & Sendable {
        guard loops else { return TrackReplay(track, speed: speed, start: start, span: span) }
        guard case .times(let factor) = speed else { throw .usage("--loop needs a --speed other than max") }
        return TrackLoop(track, factor: factor, start: start)
    }

    private static func identities(
        _ paths: [String], group: GroupID, ids: [String]
    ) throws(CommandFailure) -> [DeviceIdentity] {
        guard ids.count <= paths.count else { throw .usage("--device names more devices than there are tracks") }
        var identities: [DeviceIdentity] = []
        for (index, path) in paths.enumerated() {
            let file = TrackFile.name(path)
            let id: DeviceID? = index < ids.count ? try DeviceCommands.device(ids[index]) : nil
            let name = file.split(separator: ".").dropLast().joined(separator: ".")
            let identity = DeviceIdentity(group: group, source: file, name: name.isEmpty ? file : name, id: id)
            if let other = identities.firstIndex(where: { $0.id == identity.id }) {
                throw .usage("\(paths[other]) and \(path) would be the same device; --device tells them apart")
            }
            identities.append(identity)
        }
        return identities
    }

    /// From the earliest of all fixes to the latest.
    private static func wholeSpan(_ tracks: [Track]) throws(CommandFailure) -> ClosedRange<Timestamp>? {
        let first = tracks.compactMap(\.fixes.first?.capturedAt).min()
        let last = tracks.compactMap(\.fixes.last?.capturedAt).max()
        guard let first, let last else { return nil }
        return first...last
    }

    private static func checkAges(
        _ tracks: [Track], span: ClosedRange<Timestamp>?, speed: ReplaySpeed, loops: Bool
    ) throws(CommandFailure) {
        guard !loops else { return }
        for track in tracks {
            let length = span.map { $0.lowerBound.duration(to: $0.upperBound) } ?? track.length
            guard TrackReplay.age(of: length, at: speed) > TrackReplay.longestAge else { continue }
            throw .badData(
                "\(track.source): spans \(length.components.seconds / 86400) days, and the hub takes no fix older than 7; "
                    + "replay it more slowly, with --loop, or in parts")
        }
    }
}
