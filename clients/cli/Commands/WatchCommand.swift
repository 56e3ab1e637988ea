import Glibc
import Model

/// `watch`: a group as it moves.
enum WatchCommand {
    static let command = Command(
        name: "watch", summary: "see the members of a group move",
        discussion: [
            "A table that is redrawn in place: who is there, how long ago they were heard of, where, how fast, and "
                + "their battery. Where there is no terminal, a line for each change. A speed the phone does not tell "
                + "is worked out from its last two positions.",
            "Connects again by itself when the connection is lost. Ctrl-C ends it.",
        ],
        operands: [Operand("GROUP", "the group")],
        options: [
            Option("json", "print each message of the hub as a line of JSON"),
            Option("map", "draw a map above the table, with the ways of the last minutes"),
        ] + HubEndpoint.options + [
            Option("count", .value("N"), "end after this many messages"),
            Option("for", .value("TIME"), "end after this time"),
            Option("patience", .value("TIME"), "how long the hub may be away; 5m if not given"),
        ],
        run: { invocation in
            let arguments = invocation.arguments
            let group = try DeviceCommands.group(arguments.operands[0])
            let isColoured = Terminal.isColoured(STDOUT_FILENO, environment: invocation.environment)
            let hasScreen = Terminal.isTerminal(STDOUT_FILENO) && invocation.environment["TERM"] != "dumb"
            let run = WatchRun(
                group: group,
                endpoint: try HubEndpoint(target: try invocation.target(), arguments),
                form: arguments.has("json")
                    ? .json : hasScreen ? .screen(isColoured: isColoured, hasMap: arguments.has("map")) : .lines,
                count: try arguments.integer("count", in: 1...Int.max), length: try arguments.duration("for"),
                patience: try arguments.duration("patience") ?? .seconds(300), on: try StreamCommand.loop())
            if let failure = await run.run() { throw failure }
            return .ok
        })
}
