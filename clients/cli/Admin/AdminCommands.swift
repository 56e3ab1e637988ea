import Foundation
import Glibc
import Model
import TerminalText

/// `admin …`: what operators do with a running hub. They need an admin key, but for `export` and `erase`.
enum AdminCommands {
    static let all = [
        devices, purge, reactivate, keys, audit, sessions, close, AdminTopCommand.command, removeFactor, export, erase,
    ]

    private static let json = Option("json", "print the hub's answer as it is")
    private static let limit = Option("limit", .value("N"), "entries to list, 1 to 1000; 100 if not given")

    // MARK: Devices

    static let devices = Command(
        name: "admin devices", summary: "list devices, active or not",
        options: [
            Option("group", .value("G"), "of this group alone"),
            Option("inactive", "inactive ones alone"), Option("active", "active ones alone"), limit, json,
        ],
        run: { invocation in
            let arguments = invocation.arguments
            if arguments.has("active"), arguments.has("inactive") {
                throw CommandFailure.usage("--active and --inactive exclude each other")
            }
            var query: [String] = []
            if let text = arguments.text("group") { query.append("groupId=\(try DeviceCommands.group(text))") }
            if arguments.has("active") { query.append("active=true") }
            if arguments.has("inactive") { query.append("active=false") }
            return try list(
                "/api/v1/admin/devices", query, "devices", invocation,
                columns: ["NAME", "DEVICE", "GROUP", "ACTIVE", "LAST SEEN"]
            ) { entry in
                [
                    entry.text("displayName"), entry.text("deviceId"), entry.text("groupId"), entry.text("active"),
                    entry.text("lastSeenAt"),
                ]
            }
        })

    static let purge = Command(
        name: "admin devices purge", summary: "delete inactive devices that were not seen for a while",
        discussion: ["With all their locations, for ever. Asks first, unless told not to."],
        options: [
            Option("older-than-days", .value("N"), required: true, "days since they were last seen, 1 to 36500"),
            Option("yes", "do not ask"), json,
        ],
        run: { invocation in
            let arguments = invocation.arguments
            guard let days = try arguments.integer("older-than-days", in: 1...36_500) else {
                throw CommandFailure.usage("--older-than-days is missing")
            }
            let api = AdminAPI(target: try invocation.target())
            try confirm("delete every inactive device last seen more than \(days) days ago", arguments)
            var (devices, locations) = (0, 0)
            while true {
                let answer = try api.object(.delete, "/api/v1/admin/devices/inactive?olderThanDays=\(days)")
                devices += answer.integer("affected")
                locations += answer.integer("locations")
                if answer.flag("isComplete") { break }
                if !arguments.has("json") { Output.note("\(devices) devices deleted, and going on") }
            }
            if arguments.has("json") {
                Output.line(
                    JSONText.object([("affected", .integer(devices)), ("locations", .integer(locations))]).text)
            } else {
                Output.line("\(devices) devices and \(locations) locations deleted")
            }
            return .ok
        })

    static let reactivate = Command(
        name: "admin devices reactivate", summary: "bring a deactivated device back into its group",
        operands: [Operand("DEVICE", "the device's id")], options: [json],
        run: { invocation in
            let id = try DeviceCommands.device(invocation.arguments.operands[0])
            let api = AdminAPI(target: try invocation.target())
            let body = try api.bytes(.post, "/api/v1/admin/devices/\(id)/reactivate")
            if invocation.arguments.has("json") {
                Output.raw(body + [10])
            } else {
                let answer = try AdminObject(body)
                Output.line(
                    answer.integer("affected") > 0
                        ? "\(id) is active in \(answer.text("groupId"))" : "\(id) was active already")
            }
            return .ok
        })

    // MARK: Keys, audit log, sessions

    static let keys = Command(
        name: "admin keys", summary: "list API keys", options: [limit, json],
        run: { invocation in
            try list(
                "/api/v1/admin/keys", [], "keys", invocation,
                columns: ["PREFIX", "NAME", "ADMIN", "ACTIVE", "CREATED", "LAST USED"]
            ) { entry in
                [
                    entry.text("prefix"), entry.text("name"), entry.text("admin"), entry.text("active"),
                    entry.text("createdAt"), entry.text("lastUsedAt"),
                ]
            }
        })

    static let audit = Command(
        name: "admin audit", summary: "who did what, and what came of it",
        discussion: ["The newest first. Times are like 2026-11-20T10:30:00Z."],
        options: [
            Option("from", .value("TIME"), "not before this moment"),
            Option("to", .value("TIME"), "before this moment"),
            limit, json,
        ],
        run: { invocation in
            var query: [String] = []
            for name in ["from", "to"] {
                guard let text = invocation.arguments.text(name) else { continue }
                guard let moment = TimeText.timestamp(text) else {
                    throw CommandFailure.usage("--\(name) must be a time such as 2026-11-20T10:30:00Z, not '\(text)'")
                }
                query.append("\(name)=\(moment.milliseconds)")
            }
            return try list(
                "/api/v1/admin/audit", query, "entries", invocation,
                columns: ["AT", "KEY", "OPERATION", "OUTCOME", "TIMES", "AFFECTED", "TARGET", "ADDRESS"]
            ) { entry in
                [
                    entry.text("at"), entry.text("keyPrefix"), entry.text("operation"), entry.text("outcome"),
                    entry.text("attempts"), entry.text("affected"), entry.text("target"), entry.text("clientAddress"),
                ]
            }
        })

    static let sessions = Command(
        name: "admin sessions", summary: "list the open streams of the hub", options: [limit, json],
        run: { invocation in
            try list(
                "/api/v1/admin/sessions", [], "sessions", invocation,
                columns: ["SESSION", "DEVICE", "GROUP", "LOOP", "ADDRESS", "QUEUED", "IN", "OUT"]
            ) { entry in
                [
                    entry.text("sessionId"), entry.text("deviceId"), entry.text("groupId"), entry.text("loop"),
                    entry.text("address"), Quantity.short(entry.integer("queuedBytes")),
                    Quantity.short(entry.integer("messagesIn")), Quantity.short(entry.integer("messagesOut")),
                ]
            }
        })

    static let close = Command(
        name: "admin sessions close", summary: "close an open stream",
        operands: [Operand("SESSION", "the session's id")],
        run: { invocation in
            guard let id = UniqueID(invocation.arguments.operands[0]) else {
                throw CommandFailure.usage("a session's id is a UUID")
            }
            _ = try AdminAPI(target: try invocation.target()).bytes(.delete, "/api/v1/admin/sessions/\(id)")
            Output.line("\(id) is closing")
            return .ok
        })

    // MARK: Accounts

    static let removeFactor = Command(
        name: "admin totp remove", summary: "turn off a second factor that its owner has lost",
        discussion: [
            "Their password alone opens the account then: see first that it is they who ask. Asks first, unless told not to."
        ],
        operands: [Operand("USER", "the user's id")], options: [Option("yes", "do not ask")],
        run: { invocation in
            guard let id = UniqueID(invocation.arguments.operands[0]) else {
                throw CommandFailure.usage("a user's id is a UUID")
            }
            let api = AdminAPI(target: try invocation.target())
            try confirm("turn off the second factor of \(id)", invocation.arguments)
            _ = try api.bytes(.delete, "/api/v1/admin/users/\(id)/totp")
            Output.line("the second factor of \(id) is off")
            return .ok
        })

    // MARK: A device's data

    static let export = Command(
        name: "admin export", summary: "write everything that is stored of a device",
        discussion: ["To standard output, or to a file, which is there only once it is whole."],
        operands: [Operand("DEVICE", "the device's id")],
        options: [
            Option("format", .value("F"), "json, geojson, gpx or csv; json if not given"),
            Option("output", .value("FILE"), "write to this file"), ProgressOption.quiet,
        ],
        run: { invocation in
            let arguments = invocation.arguments
            let id = try DeviceCommands.device(arguments.operands[0])
            let format = arguments.text("format") ?? "json"
            guard ["json", "geojson", "gpx", "csv"].contains(format) else {
                throw CommandFailure.usage("--format must be json, geojson, gpx or csv, not '\(format)'")
            }
            let sink = try ExportSink(arguments)
            try await sink.fill(
                from: "/api/v1/devices/\(id)/data-export?format=\(format)",
                of: AdminAPI(target: try invocation.target()))
            return .ok
        })

    static let erase = Command(
        name: "admin erase", summary: "erase a device and everything stored of it, for ever",
        discussion: ["Asks first, unless told not to."], operands: [Operand("DEVICE", "the device's id")],
        options: [Option("yes", "do not ask")],
        run: { invocation in
            let id = try DeviceCommands.device(invocation.arguments.operands[0])
            let api = AdminAPI(target: try invocation.target())
            try confirm("erase \(id) and everything stored of it", invocation.arguments)
            _ = try api.bytes(.delete, "/api/v1/devices/\(id)/data")
            Output.line("\(id) is erased")
            return .ok
        })

    // MARK: What they share

    /// Asks on a terminal; elsewhere only `--yes` will do.
    private static func confirm(_ what: String, _ arguments: Arguments) throws(CommandFailure) {
        guard !arguments.has("yes") else { return }
        guard Terminal.isTerminal(STDIN_FILENO) else { throw .usage("--yes is needed to \(what)") }
        Output.prompt("This will \(what). Type yes to go on: ")
        guard readLine() == "yes" else { throw CommandFailure(.usage, "nothing was done") }
    }

    private static func list(
        _ path: String, _ query: [String], _ name: String, _ invocation: Invocation, columns: [String],
        _ cells: (AdminObject) -> [String]
    ) throws -> ExitCode {
        let limit = try invocation.arguments.integer("limit", in: 1...1000) ?? 100
        let words = query + ["limit=\(limit)"]
        let body = try AdminAPI(target: try invocation.target()).bytes(.get, path + "?" + words.joined(separator: "&"))
        if invocation.arguments.has("json") {
            Output.raw(body + [10])
            return .ok
        }
        let answer = try AdminObject(body)
        let rows = answer.objects(name).map { entry in
            cells(entry).map { TableLayout.Cell(text: $0.isEmpty ? "-" : PlainText.line($0)) }
        }
        let width = Terminal.isTerminal(STDOUT_FILENO) ? Terminal.size(STDOUT_FILENO).columns : 300
        let layout = TableLayout(
            columns: columns.enumerated().map { TableLayout.Column(title: $1, minimum: 8, stretches: $0 == 0) })
        let isColoured = Terminal.isColoured(STDOUT_FILENO, environment: invocation.environment)
        for line in layout.lines(rows, width: width, height: rows.count + 1, isColoured: isColoured) {
            Output.line(line)
        }
        if !answer.text("nextCursor").isEmpty { Output.note("there are more; --limit lists up to 1000") }
        return .ok
    }
}
