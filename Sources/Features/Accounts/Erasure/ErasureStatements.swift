internal import Persistence

/// The statements of ``PostgresErasureStore``.
enum ErasureStatements {
    static let devices = PostgresStatement(
        "accounts.owned_devices",
        "SELECT device_id FROM core.devices WHERE owner_id = $1::uuid ORDER BY device_id LIMIT $2::int")

    static let leaveGroups = PostgresStatement(
        "accounts.leave_groups", "SELECT group_id, change FROM accounts.leave_groups($1::uuid, false)")

    static let withdraw = PostgresStatement(
        "accounts.withdraw", "SELECT group_id, change FROM accounts.withdraw($1::uuid, $2::timestamptz)")

    static let slice = PostgresStatement(
        "accounts.erase_slice", "SELECT accounts.erase_slice($1::uuid, $2::int)")

    /// Has the job of an account begin now that waits for the request that closed it.
    static let hasten = PostgresStatement(
        "accounts.hasten_erasure",
        """
        UPDATE core.jobs SET run_at = clock_timestamp()
        WHERE kind = $1::text AND dedupe_key = $2::text AND locked_by IS NULL AND run_at > clock_timestamp()
        """)

    /// What is left in any area goes with the row.
    static let removeUser = PostgresStatement("accounts.remove_user", "DELETE FROM core.users WHERE id = $1::uuid")
}
