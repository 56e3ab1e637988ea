import Glibc

/// The terminal hubctl runs in.
enum Terminal {
    struct Size: Hashable, Sendable {
        var columns: Int
        var rows: Int
    }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// The terminal's size now; 80 by 24 where it does not say.
    static func size(_ descriptor: Int32) -> Size {
        var window = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
            return Size(columns: 80, rows: 24)
        }
        return Size(columns: Int(window.ws_col), rows: Int(window.ws_row))
    }

    /// Whether colours are welcome: a terminal that is not `dumb`, and no `NO_COLOR`.
    static func isColoured(_ descriptor: Int32, environment: [String: String]) -> Bool {
        isTerminal(descriptor) && environment["TERM"] != "dumb" && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// A screen of its own without a cursor, so that what was on the terminal comes back afterwards.
    static let enterScreen = "\u{1b}[?1049h\u{1b}[?25l"
    static let leaveScreen = "\u{1b}[?25h\u{1b}[?1049l"

    /// Replaces the screen's content without flicker: each line erases its own rest, the last one what is below.
    static func frame(_ lines: [String]) -> String {
        "\u{1b}[H" + lines.map { $0 + "\u{1b}[K" }.joined(separator: "\r\n") + "\u{1b}[J"
    }

    /// Replaces the line the cursor is in.
    static func overwrite(_ line: String) -> String { "\r\u{1b}[K" + line }
}
