internal import Persistence

/// The statements of ``PostgresErasureStore``.
enum ErasureStatements {
    static let devices = PostgresStatement(
        "accounts.owned_devices",
        "SELECT device_id FROM core.devices WHERE owner_id = $1::uuid ORDER BY device_id LIMIT $2::int")

    static let leaveGroups = PostgresStatement(
        "accounts.leave_groups", "SELECT group_id, change FROM accounts.leave_groups($1::uuid)")

    /// What every area knows of them goes with the row.
    static let removeUser = PostgresStatement("accounts.remove_user", "DELETE FROM core.users WHERE id = $1::uuid")
}
