import Foundation
import HubTesting
import ProgramManuals
import Testing

@testable import hubctl

@Suite struct `The help of hubctl` {
    @Test func `the overview names every command`() {
        let overview = CommandHelp.overview(CommandTable.all)
        for command in CommandTable.all { #expect(overview.contains("\n  \(command.name) ")) }
    }

    @Test(arguments: CommandTable.all.map(\.name))
    func `a command's page shows each option and each exit code, in lines that fit`(name: String) throws {
        let command = try #require(CommandTable.all.first { $0.name == name })
        let page = CommandHelp.page(command)
        for option in command.allOptions { #expect(page.contains("  \(option.synopsis)")) }
        for code in ExitCode.allCases { #expect(page.contains("  \(code.rawValue)")) }
        for line in page.split(separator: "\n") { #expect(line.count <= 110, "\(line)") }
    }

    @Test func `no two commands and no two options of a command share a name`() {
        #expect(Set(CommandTable.all.map(\.name)).count == CommandTable.all.count)
        for command in CommandTable.all {
            #expect(Set(command.allOptions.map(\.name)).count == command.allOptions.count, "\(command.name)")
        }
    }

    @Test(arguments: Shell.allCases)
    func `completions name every command and every option`(shell: Shell) throws {
        let text = ManualCommands.manual.completions(for: shell)
        for command in CommandTable.all {
            for word in command.name.split(separator: " ") { #expect(text.contains(word), "\(word)") }
            for option in command.allOptions {
                #expect(text.contains(shell == .fish ? "-l \(option.name)" : "--\(option.name)"), "\(option.name)")
            }
        }
        guard shell == .bash else { return }
        let path = FileManager.default.temporaryDirectory.appending(path: "completions-\(UUID().uuidString)").path()
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(SystemProgram.run("bash", ["-n", path]) == 0)
    }

    @Test func `the manual page has every command and is set without a warning`() throws {
        let page = ManualCommands.manual.page(version: Version.text)
        for command in CommandTable.all {
            #expect(page.contains(".SS \"\(command.name.replacing("-", with: #"\-"#))\"\n"), "\(command.name)")
        }
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/groff") else { return }
        let path = FileManager.default.temporaryDirectory.appending(path: "page-\(UUID().uuidString)").path()
        try page.write(toFile: path, atomically: true, encoding: .utf8)
        let check = #"[ -z "$(groff -man -Tutf8 -ww "$1" 2>&1 >/dev/null)" ]"#
        #expect(SystemProgram.run("bash", ["-c", check, "-", path]) == 0)
    }
}
