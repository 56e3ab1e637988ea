import Foundation

/// What a row points to.
enum ContractEvidence: Hashable, Sendable {
    /// A file's name without its ending, folders before it if need be, and a test in it.
    case test(String, String)
    /// A path from the repository's root, without arguments.
    case script(String)
    case unknown(String)

    /// - Parameter text: A part of the last column.
    init(_ text: String) {
        guard text.count > 2, text.hasPrefix("`"), text.hasSuffix("`") else {
            self = .unknown(text)
            return
        }
        let code = text.dropFirst().dropLast()
        if code.hasPrefix("scripts/") {
            self = .script(String(code.prefix { $0 != " " }))
        } else if let colon = code.firstRange(of: ": ") {
            self = .test(String(code[..<colon.lowerBound]), String(code[colon.upperBound...]))
        } else {
            self = .unknown(text)
        }
    }
}

/// `docs/contract.md`, taken apart.
struct ContractTable {
    struct Row {
        let number: String
        let asked: String
        let answer: String
        let evidence: [ContractEvidence]
        /// Whether the heading above it is its story's.
        let isUnderItsStory: Bool
    }

    /// A line with a criterion's number that has not four columns.
    struct Malformed: Error {
        let line: String
    }

    /// The numbers of the stories that have a heading.
    private(set) var headings: [String] = []
    private(set) var rows: [Row] = []
    /// The numbers of the rules that are stated.
    private(set) var rules: [Int] = []

    init(_ text: String) throws {
        for line in text.split(separator: "\n") {
            if let heading = line.prefixMatch(of: #/### (\d+\.\d+) /#) {
                headings.append(String(heading.1))
            } else if let rule = line.prefixMatch(of: #/- \*\*Rule (\d+)\*\*: /#), let number = Int(rule.1) {
                rules.append(number)
            } else if line.prefixMatch(of: #/\| *\d/#) != nil {
                let columns = line.split(separator: "|", omittingEmptySubsequences: false)
                    .map { $0.trimmingCharacters(in: .whitespaces) }
                guard columns.count == 6, columns[0].isEmpty, columns[5].isEmpty else {
                    throw Malformed(line: String(line))
                }
                rows.append(
                    Row(
                        number: columns[1], asked: columns[2], answer: columns[3],
                        evidence: columns[4].components(separatedBy: "<br>").filter { !$0.isEmpty }
                            .map { ContractEvidence($0) },
                        isUnderItsStory: headings.last.map { columns[1].hasPrefix("\($0).") } ?? false))
            }
        }
    }
}
