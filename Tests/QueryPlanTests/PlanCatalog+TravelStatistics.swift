@testable import Travel

extension PlanCatalog {
    /// Who has been far, so that a large part of all rows are theirs: reading a table from end to end is the shortest way to
    /// their sums.
    private static let traveller = "'00000000-0000-4000-9000-000000000001'::uuid"
    /// One of very many.
    private static let other = "'00000000-0000-4000-9000-000000000002'::uuid"
    private static let milestones = "ARRAY[100, 500, 1000, 2500, 5000, 10000]"

    static let travelStatistics: [PlanCase] = [
        PlanCase(StatisticsStatements.overview, [other], within: 50),
        PlanCase(StatisticsStatements.overview, [traveller], readsWhole: ["trips", "unseen_ways", "user_regions"]),
        PlanCase(StatisticsStatements.countries, [other], within: 50),
        PlanCase(StatisticsStatements.countries, [traveller], readsWhole: ["user_regions"]),
        PlanCase(StatisticsStatements.country, [traveller, "'CA'"], within: 50),
        PlanCase(StatisticsStatements.regions, [traveller, "'CA'"], within: 50),
        // Every visit of a life, by years.
        PlanCase(StatisticsStatements.years, [other], within: 50),
        PlanCase(
            StatisticsStatements.years, [traveller], within: 1000,
            readsWhole: ["user_days", "visits", "h3_cells", "trips", "unseen_ways", "user_regions"]),
        PlanCase(
            TimelineStatements.events, [other, "NULL", milestones, "NULL", "NULL", "NULL", "0", "51"], within: 50),
        PlanCase(
            TimelineStatements.events, [traveller, "NULL", milestones, "NULL", "NULL", "NULL", "0", "51"],
            readsWhole: ["user_regions"]),
        PlanCase(
            TimelineStatements.events,
            [traveller, "2", milestones, "timestamptz '2020-01-05'", "2", "'CF-7'", "10", "51"],
            readsWhole: ["user_regions"]),
        PlanCase(
            TripStatements.trips,
            [traveller, "timestamptz '2020-03-01'", "timestamptz 'infinity'", "101"], within: 50),
        PlanCase(TripStatements.trip, [traveller, "timestamptz '2020-03-01 12:20Z'"], within: 20),
        PlanCase(
            TripStatements.stays,
            [traveller, "timestamptz '2020-03-01'", "timestamptz 'infinity'", "101"], within: 50),
    ]
}
