import Foundation
import HubTesting
import Testing

@testable import ProgramManuals

/// What shells and `man` make of what they are given.
@Suite struct ProgramManualTests {
    private static let manual = ProgramManual(
        name: "tool", summary: "a tool's tool",
        commands: [
            .init(
                "keys create", summary: "Make a key: once", paragraphs: [".hidden \\fB 'quoted' - \"so\" ünï…"],
                options: [
                    .init("name", "NAME", "what it's called"), .init("out", "FILE", "where; $(touch /tmp/x) `id`"),
                ],
                takesShared: true),
            .init("keys list", summary: "List [them]"), .init("run", summary: "Run", operands: ["FILE"]),
        ],
        shared: [.init("config", "FILE", "the configuration"), .init("quiet", nil, "say less")],
        sharedTitle: "Settings", exitCodes: [.init(0, "done")])

    private static func isThere(_ program: String) -> Bool {
        ["/usr/bin/", "/bin/"].contains { FileManager.default.isExecutableFile(atPath: $0 + program) }
    }

    private func file(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "manual-\(UUID().uuidString)").path()
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test(arguments: Shell.allCases.filter { isThere($0.rawValue) })
    func `shells can read their completions`(shell: Shell) throws {
        let path = try file(Self.manual.completions(for: shell))
        let broken = try file(Self.manual.completions(for: shell) + "\nif (")
        #expect(SystemProgram.run(shell.rawValue, ["-n", path]) == 0)
        #expect(SystemProgram.run(shell.rawValue, ["-n", broken]) != 0)
    }

    @Test(arguments: [
        ("tool ", "keys run"), ("tool k", "keys"), ("tool keys ", "create list"), ("tool keys l", "list"),
        ("tool keys create --", "--name --out --help --config --quiet"), ("tool keys create --n", "--name"),
        ("tool keys create --quiet --o", "--out"), ("tool keys list --", "--help"), ("tool keys create --name ", ""),
        ("tool keys create --out DIR/track", "DIR/track.csv DIR/track.gpx"),
        ("tool keys create --config DIR/track.g", "DIR/track.gpx"), ("tool run DIR/track.c", "DIR/track.csv"),
        ("tool unknown --", ""),
    ])
    func `bash completes what is written`(line: String, expected: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "manual-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        for name in ["track.csv", "track.gpx"] { try Data().write(to: folder.appending(path: name)) }
        let (line, expected) = (
            line.replacing("DIR", with: folder.path()), expected.replacing("DIR", with: folder.path())
        )
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let script = """
            \(Self.manual.completions(for: .bash))
            COMP_WORDS=(\(words.map(ProgramManual.quoted).joined(separator: " ")))
            COMP_CWORD=\(words.count - 1)
            _tool
            [[ $(printf '%s\\n' "${COMPREPLY[@]}" | sort | xargs) == "$(printf '%s\\n' \(expected) | sort | xargs)" ]]
            """
        let path = try file(script)
        #expect(SystemProgram.run("bash", [path]) == 0)
    }

    @Test(
        .enabled(if: isThere("fish")),
        arguments: [
            ("tool ", "keys run"), ("tool keys ", "create list"),
            ("tool keys create --", "--config --help --name --out --quiet"),
            ("tool keys list --", "--help"), ("tool run --qu", ""),
        ])
    func `fish completes what is written`(line: String, expected: String) throws {
        let script = """
            \(Self.manual.completions(for: .fish))
            set -l found (complete -C '\(line)' | string split -f 1 \\t | string match -v -- '*/*' | sort | string join ' ')
            test "$found" = '\(expected)'
            """
        let path = try file(script)
        #expect(SystemProgram.run("fish", ["--no-config", path]) == 0)
    }

    @Test func `no text of a table is run`() throws {
        let mark = FileManager.default.temporaryDirectory.appending(path: "mark-\(UUID().uuidString)").path()
        var manual = Self.manual
        manual.commands[0].summary = "'; touch \(mark); $(touch \(mark)) `touch \(mark)` \\"
        manual.commands[0].options[0].help = manual.commands[0].summary
        for shell in Shell.allCases where Self.isThere(shell.rawValue) {
            let script = try file(manual.completions(for: shell))
            _ = SystemProgram.run(shell.rawValue, [script])
            #expect(!FileManager.default.fileExists(atPath: mark), "\(shell)")
        }
    }

    @Test(.enabled(if: isThere("groff")))
    func `the page is set without a warning`() throws {
        let page = Self.manual.page(version: "1.0")
        #expect(page.unicodeScalars.allSatisfy { $0.isASCII })
        let path = try file(page)
        let broken = try file(page + ".nosuchmacro\n\\[nosuchglyph]\n")
        // A warning goes to the standard error stream, and nowhere else.
        let check = #"[ -z "$(groff -man -Tutf8 -ww "$1" 2>&1 >/dev/null)" ]"#
        #expect(SystemProgram.run("bash", ["-c", check, "-", path]) == 0)
        #expect(SystemProgram.run("bash", ["-c", check, "-", broken]) != 0)
        let text = #"groff -man -Tutf8 -P-cbou "$1" | grep -q -e "$2""#
        for words in [".hidden", "ünï…", "what it", "keys create"] {
            #expect(SystemProgram.run("bash", ["-c", text, "-", path, words]) == 0, "\(words)")
        }
    }
}
