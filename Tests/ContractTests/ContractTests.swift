import Foundation
import Testing

/// The table of what the core promises names what shows it; here it is held to that.
@Suite struct ContractTests {
    /// The criteria of each story.
    private static let stories: [String: Int] = [
        "1.1": 7, "1.2": 6, "1.3": 8, "1.4": 7, "1.5": 6, "1.6": 7, "1.7": 6, "1.8": 7,
        "2.1": 8, "2.2": 7, "2.3": 6, "2.4": 6, "2.5": 6, "2.6": 6,
        "3.1": 7, "3.2": 8, "3.3": 6, "3.4": 8, "3.5": 6, "3.6": 6, "3.7": 6, "3.8": 7, "3.9": 5, "3.10": 6,
        "4.1": 5, "4.2": 6, "4.3": 5, "4.4": 5, "4.5": 7, "4.6": 6, "4.7": 6, "4.8": 7, "4.9": 7,
    ].merging(travel) { first, _ in first }

    /// The tests that each part of the travel document names, and its journeys.
    private static let travel: [String: Int] = [
        "6.1": 3, "6.2": 3, "6.3": 4, "6.4": 5, "6.5": 5, "6.6": 5, "6.7": 5, "6.8": 4, "6.9": 4,
    ]

    private func contract() throws -> ContractTable {
        try ContractTable(String(contentsOf: Repository.file("docs/contract.md"), encoding: .utf8))
    }

    @Test func `every criterion of every story has one row, in order`() throws {
        let contract = try contract()
        #expect(Self.stories.count == 33 + Self.travel.count)
        #expect(contract.headings.filter { Self.stories[$0] != nil }.count == Self.stories.count)
        #expect(Set(contract.headings) == Set(Self.stories.keys))
        for (story, count) in Self.stories {
            let numbers = contract.rows.map(\.number).filter { $0.hasPrefix("\(story).") }
            #expect(numbers == (1...count).map { "\(story).\($0)" })
        }
        #expect(contract.rows.count == Self.stories.values.reduce(0, +))
        for row in contract.rows { #expect(row.isUnderItsStory, "\(row.number)") }
    }

    @Test func `every row says what is asked, how it is had, and what shows it`() throws {
        for row in try contract().rows {
            #expect(!row.asked.isEmpty && !row.answer.isEmpty, "\(row.number)")
            #expect(!row.evidence.isEmpty, "\(row.number) has no evidence")
            #expect(Set(row.evidence).count == row.evidence.count, "\(row.number) names something twice")
        }
    }

    @Test func `what a row names is in the repository`() throws {
        let tree = try TestTree()
        for row in try contract().rows {
            for evidence in row.evidence {
                switch evidence {
                case .script(let path):
                    #expect(
                        FileManager.default.isExecutableFile(atPath: Repository.file(path).path()),
                        "\(row.number): there is no script \(path)")
                case .test(let suite, let name):
                    let files = tree.files(suite, with: name)
                    #expect(files.count == 1, "\(row.number): \(suite): \(name) is in \(files)")
                case .unknown(let text): Issue.record("\(row.number): \(text) is neither a test nor a script")
                }
            }
        }
    }

    @Test func `a rule that a row goes by is stated, and no other is`() throws {
        let contract = try contract()
        let named = contract.rows.flatMap { row in
            row.answer.matches(of: /rule (\d+)/).compactMap { Int($0.1) }
        }
        #expect(!contract.rules.isEmpty)
        #expect(Set(named) == Set(contract.rules))
        #expect(contract.rules == contract.rules.sorted())
    }

    @Test func `the README says how the API is versioned`() throws {
        let readme = try String(contentsOf: Repository.file("README.md"), encoding: .utf8)
        let section = try #require(readme.components(separatedBy: "\n## Versions of the API\n").dropFirst().first)
        let text = try #require(section.components(separatedBy: "\n## ").first)
        for word in ["/api/v1/", "/api/v2/", "301", "308", "openapi.json", "presence.v1"] {
            #expect(text.contains(word), "\(word)")
        }
    }

    // MARK: That the table can be found wrong

    @Test(arguments: [
        ("| 1.1.1 | a | b |  |", []),
        ("| 1.1.1 | a | b | none |", [ContractEvidence.unknown("none")]),
        ("| 1.1.1 | a | b | `scripts/x.sh --image` |", [.script("scripts/x.sh")]),
        ("| 1.1.1 | a | b | `T: x`<br>`A/T: y: z` |", [.test("T", "x"), .test("A/T", "y: z")]),
        ("| 1.1.1 | a | b | `T` |", [.unknown("`T`")]),
    ])
    func `evidence is read as it is written`(row: String, evidence: [ContractEvidence]) throws {
        let contract = try ContractTable("### 1.1 X\n\(row)\n")
        #expect(contract.rows.map(\.evidence) == [evidence])
    }

    @Test func `a test is found in its own file alone`() throws {
        let tree = try TestTree()
        let name = "a test is found in its own file alone"
        #expect(tree.files("ContractTests", with: name) == ["Tests/ContractTests/ContractTests.swift"])
        #expect(tree.files("ContractTests/ContractTests", with: name).count == 1)
        #expect(tree.files("OtherTests", with: name).isEmpty)
        #expect(tree.files("ContractTests", with: "no such test").isEmpty)
        #expect(tree.files("RateLimitTests", with: "").isEmpty)
    }
}
