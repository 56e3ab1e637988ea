internal import Persistence

/// The statements of ``TripStore``.
enum TripStatements {
    /// Those that began from `$2` on and before `$3`, the latest first, at most `$4`.
    static let trips = PostgresStatement(
        "travel.list_trips",
        """
        SELECT t.began_at, t.ended_at, t.metres, t.top_speed, t.path FROM travel.trips t
        WHERE t.user_id = $1::uuid AND t.began_at >= $2::timestamptz AND t.began_at < $3::timestamptz
        ORDER BY t.began_at DESC LIMIT $4::integer
        """)

    static let trip = PostgresStatement(
        "travel.get_trip",
        """
        SELECT t.began_at, t.ended_at, t.metres, t.top_speed, t.path FROM travel.trips t
        WHERE t.user_id = $1::uuid AND t.began_at = $2::timestamptz
        """)

    /// As ``trips``.
    static let stays = PostgresStatement(
        "travel.list_stays",
        """
        SELECT s.began_at, s.ended_at, s.latitude, s.longitude FROM travel.stays s
        WHERE s.user_id = $1::uuid AND s.began_at >= $2::timestamptz AND s.began_at < $3::timestamptz
        ORDER BY s.began_at DESC LIMIT $4::integer
        """)
}
