import Foundation
import Glibc
import Wire

/// What the commands for people share: how lists and answers are printed.
enum PersonCommands {
    static let json = Option("json", "print JSON")

    /// In the order of the overview.
    static let all =
        [AccountCommands.whoami] + SignInCommands.all + GroupCommands.all + InvitationCommands.all
        + [ChatCommands.conversations, ChatCommands.chat] + PresenceCommands.all + [AchievementCommands.achievements]
        + TravelCommands.all + TrackFileCommands.all

    /// Prints a list as a table, or as JSON with all its pages in one.
    static func list(
        _ entries: [JSONValue], _ name: String, _ invocation: Invocation, columns: [String],
        _ cells: (JSONValue) -> [String]
    ) -> ExitCode {
        if invocation.arguments.has("json") {
            Output.line(JSONText.object([(name, .array(entries.map { JSONText($0) }))]).text)
            return .ok
        }
        let rows = entries.map { entry in
            cells(entry).map { TableLayout.Cell(text: $0.isEmpty ? "-" : PlainText.line($0)) }
        }
        let width = Terminal.isTerminal(STDOUT_FILENO) ? Terminal.size(STDOUT_FILENO).columns : 300
        let layout = TableLayout(
            columns: columns.enumerated().map { TableLayout.Column(title: $1, minimum: 8, stretches: $0 == 0) })
        let isColoured = Terminal.isColoured(STDOUT_FILENO, environment: invocation.environment)
        for line in layout.lines(rows, width: width, height: rows.count + 1, isColoured: isColoured) {
            Output.line(line)
        }
        return .ok
    }

    /// Prints the answer as JSON if that was asked for, else `line`.
    static func answer(_ value: JSONValue, _ invocation: Invocation, _ line: @autoclosure () -> String) -> ExitCode {
        Output.line(invocation.arguments.has("json") ? JSONText(value).text : line())
        return .ok
    }

    /// Asks on a terminal; elsewhere only `--yes` will do.
    static func confirm(_ what: String, _ arguments: Arguments) throws(CommandFailure) {
        guard !arguments.has("yes") else { return }
        guard Terminal.isTerminal(STDIN_FILENO) else { throw .usage("--yes is needed to \(what)") }
        Output.prompt("This will \(what). Type yes to go on: ")
        guard readLine() == "yes" else { throw .usage("nothing was done") }
    }
}
