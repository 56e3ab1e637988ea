import Glibc
import Model

/// `admin top`: the busiest sessions, again and again.
enum AdminTopCommand {
    static let command = Command(
        name: "admin top", summary: "see the open streams that have most to do",
        discussion: [
            "A table that is redrawn in place. Rates are of the time since the last look; of a session that was not seen "
                + "before, since it was opened. Where there is no terminal, and with --once, one table. Ctrl-C ends it."
        ],
        options: [
            Option(
                "sort", .value("COLUMN"),
                "queued, bytesIn, bytesOut, messagesIn, messagesOut or id; queued if not given"),
            Option(
                "limit", .value("N"), "sessions to ask for, 1 to 1000; as many as the screen has lines if not given"),
            Option("interval", .value("TIME"), "between two looks; 2s if not given"), Option("once", "look once"),
            Option("json", "print the hub's answer as it is, a line each look"),
        ],
        run: { invocation in
            let arguments = invocation.arguments
            let sort = arguments.text("sort") ?? "queued"
            guard ["id", "queued", "bytesIn", "bytesOut", "messagesIn", "messagesOut"].contains(sort) else {
                throw CommandFailure.usage("--sort must be queued, bytesIn, bytesOut, messagesIn, messagesOut or id")
            }
            let limit = try arguments.integer("limit", in: 1...1000)
            let interval = try arguments.duration("interval") ?? .seconds(2)
            guard interval >= .milliseconds(200) else { throw CommandFailure.usage("--interval must be 200ms or more") }
            let api = AdminAPI(target: try invocation.target())
            let isScreen =
                Terminal.isTerminal(STDOUT_FILENO) && invocation.environment["TERM"] != "dumb" && !arguments.has("once")
                && !arguments.has("json")
            let isColoured = Terminal.isColoured(STDOUT_FILENO, environment: invocation.environment)
            let ending = TopEnding()
            if isScreen { Output.text(Terminal.enterScreen) }
            defer { if isScreen { Output.text(Terminal.leaveScreen) } }
            var screen = TopScreen(sort: sort)
            repeat {
                let size = isScreen ? Terminal.size(STDOUT_FILENO) : Terminal.Size(columns: 200, rows: 1003)
                let count = limit ?? min(max(size.rows - 3, 1), 1000)
                let body = try api.bytes(.get, "/api/v1/admin/sessions?sort=\(sort)&limit=\(count)")
                if arguments.has("json") {
                    Output.raw(body + [10])
                } else {
                    screen.learn(try AdminObject(body), at: WallClock.now)
                    let lines = screen.lines(size: size, isColoured: isColoured)
                    Output.text(isScreen ? Terminal.frame(lines) : lines.joined(separator: "\n") + "\n")
                }
                if arguments.has("once") || !(isScreen || arguments.has("json")) { break }
            } while !ending.comes(within: interval)
            return .ok
        })
}

/// Ctrl-C and SIGTERM, waited for instead of suffered, so that the terminal can be put in order.
private struct TopEnding {
    private var signals = sigset_t()

    init() {
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGINT)
        unsafe sigaddset(&signals, SIGTERM)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Waits that long, and returns whether it is to end.
    func comes(within time: Duration) -> Bool {
        let (seconds, attoseconds) = time.components
        var limit = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        var signals = signals
        return unsafe sigtimedwait(&signals, nil, &limit) > 0
    }
}
