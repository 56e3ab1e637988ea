internal import Earth
internal import Model
internal import Persistence

/// The statements of ``RegionStore``.
enum RegionStatements {
    /// One import at a time; the second waits for the first. Those not in the map become former ones.
    static let retireCountries = PostgresStatement(
        "travel.retire_countries", "UPDATE travel.countries SET is_former = true WHERE NOT is_former")

    static let retireRegions = PostgresStatement(
        "travel.retire_regions", "UPDATE travel.regions SET is_former = true WHERE NOT is_former")

    static let upsertCountries = PostgresStatement(
        "travel.upsert_countries",
        """
        INSERT INTO travel.countries AS c (code, name, cells_6, cells_8, square_km)
        SELECT * FROM unnest($1::text[], $2::text[], $3::int4[], $4::int4[], $5::float8[])
        ON CONFLICT (code) DO UPDATE SET name = excluded.name, cells_6 = excluded.cells_6, cells_8 = excluded.cells_8,
            square_km = excluded.square_km, is_former = false
        """)

    static let upsertRegions = PostgresStatement(
        "travel.upsert_regions",
        """
        INSERT INTO travel.regions AS r (code, country, name, parent, cells_6, cells_8, square_km)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int4[], $6::int4[], $7::float8[])
        ON CONFLICT (code) DO UPDATE SET country = excluded.country, name = excluded.name, parent = excluded.parent,
            cells_6 = excluded.cells_6, cells_8 = excluded.cells_8, square_km = excluded.square_km, is_former = false
        """)

    static let replaceMap = PostgresStatement(
        "travel.replace_region_map",
        """
        INSERT INTO travel.region_map (digest, imported_at, bytes) VALUES (sha256($1), $2, $1)
        ON CONFLICT (is_only) DO UPDATE
            SET digest = excluded.digest, imported_at = excluded.imported_at, bytes = excluded.bytes,
                number = travel.region_map.number
                    + CASE travel.region_map.digest WHEN excluded.digest THEN 0 ELSE 1 END
        """)

    static let map = PostgresStatement("travel.region_map", "SELECT bytes, digest, number FROM travel.region_map")

    static let number = PostgresStatement("travel.region_map_number", "SELECT number FROM travel.region_map")

    static let digest = PostgresStatement("travel.region_map_digest", "SELECT digest FROM travel.region_map")
}
