internal import Model
internal import Persistence

/// Removes what nobody needs any more of accounts, in batches that each are a transaction.
struct AccountUpkeep: Sendable {
    let database: Database

    private static let batch = 5000

    /// With their refresh tokens.
    func removeSignIns(expiredBefore moment: Timestamp) async throws -> Int {
        try await inBatches(AccountStatements.removeSignIns, moment)
    }

    /// Spent ones too: until then they tell that they were used twice.
    func removeTokens(expiredBefore moment: Timestamp) async throws -> Int {
        try await inBatches(AccountStatements.removeTokens, moment)
    }

    /// Failures to sign in, which a day later count for nothing.
    func removeAttempts(before moment: Timestamp) async throws -> Int {
        try await inBatches(AccountStatements.removeAttempts, moment)
    }

    /// What was begun with a provider and never completed.
    func removeProviderSignIns(expiredBefore moment: Timestamp) async throws -> Int {
        try await inBatches(ProviderSignInStore.removal, moment)
    }

    /// Tokens that went by mail.
    func removeMailTokens(expiredBefore moment: Timestamp) async throws -> Int {
        try await inBatches(MailStatements.removal, moment)
    }

    private func inBatches(_ statement: PostgresStatement, _ moment: Timestamp) async throws -> Int {
        var total = 0
        while true {
            try Task.checkCancellation()
            let query = statement.with(moment, Int32(AccountUpkeep.batch))
            let count = try await database.retryingQuery(query).affectedRows
            total += count
            if count < AccountUpkeep.batch { return total }
        }
    }
}
