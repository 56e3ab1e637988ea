/// The five characters by which Postgres names what went wrong (appendix A of its manual).
package struct SQLState: Hashable, Sendable, CustomStringConvertible {
    package let code: String

    package init(_ code: String) { self.code = code }

    package var description: String { code }

    /// The first two characters.
    package var conditionClass: Substring { code.prefix(2) }

    /// Whether the same statement may well succeed later: the server was going down, full, busy or had to choose a victim.
    package var isTransient: Bool {
        switch conditionClass {
        case "08", "40", "53", "57", "58", "XX": true
        default: self == .lockNotAvailable || self == .readOnlyTransaction || self == .objectInUse
        }
    }

    /// Whether Postgres objects to the values it was given, rather than to the statement or to the world.
    package var refusesData: Bool {
        switch conditionClass {
        case "22", "23", "44", "54", "P0": true
        default: false
        }
    }

    package static let invalidParameterValue = SQLState("22023")
    package static let foreignKeyViolation = SQLState("23503")
    package static let checkViolation = SQLState("23514")
    package static let uniqueViolation = SQLState("23505")
    package static let readOnlyTransaction = SQLState("25006")
    package static let invalidStatementName = SQLState("26000")
    package static let serializationFailure = SQLState("40001")
    package static let deadlockDetected = SQLState("40P01")
    package static let undefinedTable = SQLState("42P01")
    package static let objectInUse = SQLState("55006")
    package static let lockNotAvailable = SQLState("55P03")
    package static let queryCanceled = SQLState("57014")
    package static let featureNotSupported = SQLState("0A000")
}
