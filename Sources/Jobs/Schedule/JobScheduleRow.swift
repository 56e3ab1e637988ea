package import Model

/// A job's row, for people.
package struct JobScheduleRow: Hashable, Sendable {
    package let name: String
    package let nextRun: Timestamp?
    /// Who runs it at this moment.
    package let holder: String?
    package let lastStart: Timestamp?
    package let lastEnd: Timestamp?
    package let lastResult: String?
    package let lastReport: String?
}
