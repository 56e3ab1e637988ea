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
}
