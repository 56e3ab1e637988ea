internal import Persistence

/// How records go, as a whole or with a device.
extension RecordStatements {
    /// $1 user.
    static let withdraw = PostgresStatement("travel.withdraw", "SELECT travel.withdraw($1::uuid)")

    /// $1 user, $2 the most rows; one slice.
    static let erasePerson = PostgresStatement(
        "travel.erase_person", "SELECT travel.erase_person($1::uuid, $2::integer)")

    // MARK: With a device

    /// The times before $2 of which live locations of $1 may be gone, in order.
    static let gaps = PostgresStatement(
        "travel.gaps", "SELECT g.since, g.until FROM travel.gaps($1::uuid, $2::timestamptz) AS g")

    /// $1 user, $2 before when live locations may be gone.
    static let takeUpErased = PostgresStatement(
        "travel.take_up_erased", "SELECT travel.take_up_erased($1::uuid, $2::timestamptz)")

    /// $1 user, $2 the record's version, $3 before when live locations may be gone.
    static let finishErased = PostgresStatement(
        "travel.finish_erased", "SELECT travel.finish_erased($1::uuid, $2::bigint, $3::timestamptz)")

    /// In whose records a device has left something.
    static let leftBy = PostgresStatement(
        "travel.left_by", "SELECT DISTINCT e.user_id FROM travel.erased_devices e WHERE e.device_id = $1::uuid")
}
