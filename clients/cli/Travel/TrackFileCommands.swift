import Glibc
import TerminalText

/// Where somebody has been, in and out as files.
enum TrackFileCommands {
    static let all = [importFiles, exportFile]

    private static let formats = ["gpx", "geojson", "csv", "google", "owntracks"]

    static let importFiles = Command(
        name: "import", summary: "send files of tracks into your travel record",
        discussion: [
            "GPX, GeoJSON, CSV, Google Timeline and OwnTracks, as they are or compressed by gzip. A moment that is there "
                + "already stays as it is, so that a file may be sent again.",
            "Prints a line a file, and shows on standard error how far it is. Ends with 65 if the hub could not read "
                + "one of them to its end.",
        ],
        operands: [Operand("FILE…", repeated: true, "the files")],
        options: [
            Option("format", .value("F"), "\(formats.joined(separator: ", ")); found out if not given"),
            Option("no-wait", "do not wait until the points are in the record"), PersonCommands.json,
            ProgressOption.quiet,
        ],
        run: { invocation in
            let arguments = invocation.arguments
            if let format = arguments.text("format"), !formats.contains(format) {
                throw CommandFailure.usage(
                    "--format must be one of \(formats.joined(separator: ", ")), not '\(format)'")
            }
            let progress = ProgressOption.display(arguments)
            let run = ImportRun(
                person: try invocation.person(), format: arguments.text("format"), waits: !arguments.has("no-wait"),
                isJSON: arguments.has("json"), progress: progress)
            // All are looked at before one is sent.
            let files = try arguments.operands.map { path throws(CommandFailure) in try UploadFile(path) }
            return try await ProgressOption.showing(progress) { () throws(CommandFailure) in
                var code = ExitCode.ok
                for file in files where try !run.send(file) { code = .badData }
                return code
            }
        })

    static let exportFile = Command(
        name: "export", summary: "write where you have been to a file",
        discussion: ["To standard output, or to a file, which is there only once it is whole."],
        options: [
            Option("format", .value("F"), "gpx, geojson or csv; gpx if not given"),
            Option("from", .value("TIME"), "not before this moment (RFC 3339)"),
            Option("to", .value("TIME"), "before this moment"),
            Option("output", .value("FILE"), "write to this file"), ProgressOption.quiet,
        ],
        run: { invocation in
            let arguments = invocation.arguments
            let format = arguments.text("format") ?? "gpx"
            guard ["gpx", "geojson", "csv"].contains(format) else {
                throw CommandFailure.usage("--format must be gpx, geojson or csv, not '\(format)'")
            }
            var path = "/api/v1/travel/export?format=\(format)"
            for name in ["from", "to"] {
                if let moment = arguments.text(name) { path += "&\(name)=\(ImportRun.escaped(moment))" }
            }
            let sink = try ExportSink(arguments)
            try await sink.fill(from: path, of: AdminAPI(target: try invocation.person().target.renewed()))
            return .ok
        })
}
