package import EventLoop
package import Model

/// How often people may do something that is no request of its own, through all their connections and all loops: a sliding
/// window, as rate policies have. Any thread.
package final class UserRate: Sendable {
    private let table: RateTable
    /// 0 means none.
    private let limit: Int

    /// - Parameter limit: In any second; 0 for any number.
    package init(perSecond limit: Int) {
        self.limit = limit
        table = RateTable(window: .seconds(1))
    }

    /// Counts one more of `user`, unless it is one too many.
    ///
    /// - Returns: Whole seconds until it may be tried again; nothing if it was counted.
    package func wait(of user: UserID, at now: LoopInstant) -> Int? {
        guard limit > 0 else { return nil }
        let verdict = table.admit(RateSubject(user.rawValue), at: now, limit: limit)
        return verdict.isAdmitted ? nil : 1
    }
}
