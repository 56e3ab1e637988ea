package import Model

/// What a caller may see and touch (rule 5 of the contract). The one place that decides it: every route that tells of a
/// device or a group, or changes one, asks here before it looks anything up.
package struct Visibility: Sendable {
    package init() {}

    /// Lets a caller at a device.
    ///
    /// - Throws: What the caller is told instead; what is not theirs does not exist for them.
    package func require(_ device: DeviceID, by principal: Principal) async throws(Problem) {
        try require(of: principal)
    }

    /// Lets a caller at a group.
    ///
    /// - Throws: What the caller is told instead.
    package func require(_ group: GroupID, by principal: Principal) async throws(Problem) {
        try require(of: principal)
    }

    /// A key opens every device and group; a ticket opens the stream and nothing else.
    private func require(of principal: Principal) throws(Problem) {
        switch principal {
        case .apiKey: return
        case .user, .ticket, .anonymous: throw .notFound
        }
    }
}
