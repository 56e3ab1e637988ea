internal import Persistence

/// The statements of ``PostgresMapStore``.
enum MapStatements {
    /// Whether anything was looked up or counted by a map with a lower number than $1.
    static let isOutdated = PostgresStatement(
        "travel.is_outdated",
        """
        SELECT coalesce(
            least(
                (SELECT h.map_number FROM travel.h3_cells h ORDER BY h.map_number LIMIT 1),
                (SELECT t.map_number FROM travel.travellers t ORDER BY t.map_number LIMIT 1)) < $1::integer, false)
        """)

    /// $1 map, $2 the most.
    static let cells = PostgresStatement(
        "travel.outdated_cells",
        "SELECT h.cell FROM travel.h3_cells h WHERE h.map_number < $1::integer ORDER BY h.map_number LIMIT $2::integer")

    static let relocate = PostgresStatement(
        "travel.relocate_cells",
        "SELECT travel.relocate_cells($1::bigint[], $2::text[], $3::text[], $4::boolean[], $5::integer)")

    /// $1 map, $2 the most.
    static let travellers = PostgresStatement(
        "travel.outdated_travellers",
        """
        SELECT t.user_id FROM travel.travellers t WHERE t.map_number < $1::integer ORDER BY t.map_number
        LIMIT $2::integer
        """)

    static let recount = PostgresStatement(
        "travel.recount_regions", "SELECT travel.recount_regions($1::uuid, $2::integer)")
}
