import Configuration
import Foundation
import HubTesting
import ProgramManuals
import Testing

@testable import Hub

/// `hubd`'s command line, as shells and `man` are told of it.
@Suite struct ManualTests {
    private let manual = ProgramManual(hubd: HubProgram.table)

    private func file(_ text: String) throws -> String {
        let path = try TestPostgres.temporaryDirectory("hub-manual") + "/script"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test(arguments: Shell.allCases)
    func `completions name every command and every setting`(shell: Shell) {
        let text = manual.completions(for: shell)
        for command in HubProgram.table.commands {
            for word in command.name.split(separator: " ") { #expect(text.contains(word), "\(word)") }
        }
        for setting in Setting.all {
            let flag = setting.key.flag
            #expect(text.contains(shell == .fish ? "-l \(flag.dropFirst(2))" : flag), "\(flag)")
        }
    }

    @Test func `bash reads its completions and completes a setting`() throws {
        let script = """
            \(manual.completions(for: .bash))
            COMP_WORDS=(hubd serve --server-po) COMP_CWORD=2
            _hubd
            [[ "${COMPREPLY[*]}" == --server-port ]]
            """
        let path = try file(script)
        #expect(SystemProgram.run("bash", [path]) == 0)
    }

    @Test func `the manual page is set without a warning`() throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/groff") else { return }
        let check = #"[ -z "$(groff -man -Tutf8 -ww "$1" 2>&1 >/dev/null)" ]"#
        let path = try file(manual.page(version: "1"))
        #expect(SystemProgram.run("bash", ["-c", check, "-", path]) == 0)
    }

    @Test func `the commands print them, and say which shells there are`() async {
        for arguments in [["completions", "csh"], ["completions"], ["man", "1"]] {
            #expect(await HubProgram.run(arguments, environment: [:]) == .usage)
        }
        for arguments in [["completions", "zsh"], ["man"]] {
            #expect(await HubProgram.run(arguments, environment: [:]) == .success)
        }
    }
}
