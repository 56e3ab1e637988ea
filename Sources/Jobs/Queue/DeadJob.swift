package import Model

/// A job that was given up.
package struct DeadJob: Hashable, Sendable {
    package let id: UniqueID
    package let kind: String
    package let attempts: Int
    /// What went wrong the last time, in one line.
    package let reason: String
    package let createdAt: Timestamp
    package let diedAt: Timestamp
}
