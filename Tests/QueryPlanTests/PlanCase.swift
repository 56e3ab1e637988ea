import Testing

@testable import Persistence

/// A statement of the product, with arguments as they come, and what may be expected of it.
struct PlanCase: CustomTestStringConvertible, Sendable {
    let statement: PostgresStatement
    /// SQL expressions, one a parameter.
    let arguments: [String]
    /// Milliseconds: the document's where it names one (story 3.8), and else what keeps an answer under its 200.
    let bound: Double
    /// Tables that it is to look through from end to end, and why that is right.
    let readsWhole: [String]

    init(
        _ statement: PostgresStatement, _ arguments: [String] = [], within bound: Double = 100,
        readsWhole: [String] = []
    ) {
        self.statement = statement
        self.arguments = arguments
        self.bound = bound
        self.readsWhole = readsWhole
    }

    var testDescription: String { statement.name }
}
