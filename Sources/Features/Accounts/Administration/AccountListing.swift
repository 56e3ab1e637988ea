internal import Model
internal import Persistence

/// An account as administrators see it.
struct ListedAccount: Hashable, Sendable {
    let account: Account
    let lastSignInAt: Timestamp?
}

extension PostgresAccountStore {
    /// Accounts by id, which is by age, those after one.
    func list(after last: UserID?, limit: Int) async throws(AccountStoreError) -> [ListedAccount] {
        let start = last?.rawValue ?? UniqueID(high: 0, low: 0)
        return try await run(AdministrationStatements.list.with(start, Int32(clamping: limit))).rows.compactMap { row in
            Account(row: row, from: 1).map { ListedAccount(account: $0, lastSignInAt: row.timestamp(0)) }
        }
    }

    /// Shuts an account, which ends its sign-ins, or opens it again.
    ///
    /// - Returns: The sign-ins that ended; nothing if there is no such account.
    func setDisabled(
        _ isDisabled: Bool, _ user: UserID, at now: Timestamp
    ) async throws(AccountStoreError) -> Set<SignInID>? {
        try await run(AdministrationStatements.setDisabled.with(user.rawValue, isDisabled, now)).rows.map {
            SignInID.list($0.text(0))
        }.first
    }
}

enum AdministrationStatements {
    static let list = PostgresStatement(
        "accounts.list",
        """
        SELECT c.last_sign_in_at, \(Account.columns) FROM core.users u JOIN accounts.credentials c ON c.user_id = u.id
        WHERE u.id > $1::uuid ORDER BY u.id LIMIT $2::int
        """)

    static let setDisabled = PostgresStatement(
        "accounts.set_disabled", "SELECT ended FROM accounts.set_disabled($1::uuid, $2::boolean, $3::timestamptz)")
}
