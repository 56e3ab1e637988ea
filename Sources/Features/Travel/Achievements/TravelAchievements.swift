package import FeatureKit
package import Model
package import Persistence

/// Counts what achievements ask for of a travel record. Callable from any thread.
package struct TravelAchievements: AchievementSource {
    private let database: Database

    package init(database: Database) { self.database = database }

    /// The quantities, in the order in which ``statement`` returns them.
    enum Quantity: String, CaseIterable {
        /// Cells of resolution 8 that were visited, as milestones count them.
        case cells = "cells_total"
        case countries
        case regions
        /// The most regions of one country.
        case regionsInCountry = "regions_in_country"
        /// 0 to 2; the equator belongs to the north.
        case hemispheres
        /// The largest share of a country, from 0 to 1: visited cells of resolution 8 on its land, of all that it has.
        case coverage = "country_coverage_pct"
        /// Days in UTC.
        case days = "unique_days"
    }

    package var criteria: Set<String> { Set(Quantity.allCases.map(\.rawValue)) }

    package func progress(
        of user: UserID, in criteria: [Criterion]
    ) async throws(PostgresError) -> [Criterion: Double] {
        let result = try await database.query(TravelAchievements.statement.with(user.rawValue))
        // Somebody who has been nowhere is no traveller.
        guard result.rowCount > 0 else { return [:] }
        var values: [String: Double] = [:]
        for (column, quantity) in Quantity.allCases.enumerated() {
            values[quantity.rawValue] = result[0].double(column)
        }
        return criteria.reduce(into: [:]) { $0[$1] = values[$1.type] ?? 0 }
    }

    /// One row, of counts that every change to a record keeps; it looks through a person's countries and regions, of which
    /// there are at most as many as on earth.
    static let statement = PostgresStatement(
        "travel.achievement_values",
        """
        SELECT t.cells_res8::float8, t.countries::float8, t.regions::float8,
            (SELECT max(r.count)::float8 FROM (
                SELECT count(*) AS count FROM travel.user_regions u
                WHERE u.user_id = t.user_id AND u.region <> '' GROUP BY u.country) AS r),
            (t.has_northern::integer + t.has_southern::integer)::float8,
            (SELECT max(least(u.land_cells::float8 / c.cells_8, 1)) FROM travel.user_regions u
             JOIN travel.countries c ON c.code = u.country WHERE u.user_id = t.user_id AND u.region = ''),
            t.days::float8
        FROM travel.travellers t WHERE t.user_id = $1::uuid
        """)
}
