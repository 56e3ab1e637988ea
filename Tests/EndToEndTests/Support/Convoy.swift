import Foundation
import Model
import Wire

/// Real clients of a hub: `hubctl stream` and `hubctl watch`, a process each for every group, and what they tell.
struct Convoy {
    /// What a client was told of one device: the ids and times of what was acknowledged.
    struct Report: Sendable {
        let device: DeviceID
        let group: String
        let track: String
        let unacknowledged: Int
        let acknowledged: [Int64]
    }

    let traces: [String: Trace]
    let groups: [String]
    private let streams: [(run: ProgramRun, report: String)]
    private let watches: [(run: ProgramRun, group: String)]

    /// Starts the clients.
    ///
    /// - Parameter arguments: Of `hubctl stream`, besides group, tracks and report.
    init(_ traces: [Trace], in count: Int, on hub: HubAddress, _ arguments: [String]) throws {
        let environment = [
            "HUBCTL_URL": "http://127.0.0.1:\(hub.port)", "HUBCTL_KEY": hub.key ?? "", "HOME": TestFiles.root,
            "XDG_CONFIG_HOME": TestFiles.root,
        ]
        self.traces = Dictionary(uniqueKeysWithValues: traces.map { ($0.name, $0) })
        groups = (0..<count).map { "convoy-\($0)" }
        watches = try groups.map { group in
            (try ProgramRun("hubctl", ["watch", group, "--json", "--patience", "5m"], environment: environment), group)
        }
        streams = try groups.enumerated().map { index, group in
            let report = TestFiles.root + "/\(UUID().uuidString).report"
            let own = traces.enumerated().filter { $0.offset % count == index }.map(\.element.path)
            let tracks = own.flatMap { ["--track", $0] }
            let run = try ProgramRun(
                "hubctl", ["stream", "--group", group, "--report", report, "--json", "--quiet"] + tracks + arguments,
                environment: environment)
            return (run, report)
        }
    }

    /// Whether any stream has not ended.
    var isStreaming: Bool { streams.contains { $0.run.isRunning } }

    /// Waits until every stream has ended, which it must well, and reads what they report.
    ///
    /// - Returns: The reports, and how often clients had to connect again.
    func finish() async throws -> (reports: [Report], reconnects: Int) {
        var reports: [Report] = []
        var reconnects = 0
        for stream in streams {
            let outcome = await stream.run.outcome()
            guard outcome.status == 0, let summary = outcome.json else {
                throw Unexpected(what: "hubctl ended with \(outcome.status): \(outcome.errors) \(outcome.output)")
            }
            reconnects += Int(summary["reconnects"]?.integer ?? 0)
            for line in TestFiles.text(stream.report).split(separator: "\n") {
                let json = try JSONValue(Array(line.utf8))
                guard let device = json["deviceId"]?.string.flatMap({ DeviceID($0) }),
                    let group = json["group"]?.string, let track = json["track"]?.string,
                    let acknowledged = json["acked"]?.array?.compactMap(\.integer)
                else { throw Unexpected(what: "a report nobody understands") }
                reports.append(
                    Report(
                        device: device, group: group, track: track,
                        unacknowledged: Int(json["unacked"]?.integer ?? -1), acknowledged: acknowledged))
            }
        }
        return (reports, reconnects)
    }

    /// Where the watchers last saw each device, by group.
    func seen() throws -> [String: [DeviceID: Fix]] {
        var seen: [String: [DeviceID: Fix]] = [:]
        for watch in watches {
            var positions: [DeviceID: Fix] = [:]
            for line in watch.run.outputSoFar.split(separator: "\n") {
                guard let message = try? HubMessageDecoder.decode(Array(line.utf8)) else { continue }
                switch message {
                case .snapshot(let snapshot):
                    for member in snapshot.members { positions[member.device] = member.lastFix }
                case .positions(_, let moved): for position in moved { positions[position.device] = position.fix }
                case .member(let change): if let fix = change.state?.lastFix { positions[change.device] = fix }
                default: break
                }
            }
            seen[watch.group] = positions
        }
        return seen
    }

    /// Ends the watchers, and the streams that still run.
    func end() async {
        for run in watches.map(\.run) + streams.map(\.run) { run.signal(SIGTERM) }
        for run in watches.map(\.run) + streams.map(\.run) { _ = await run.outcome() }
    }
}
