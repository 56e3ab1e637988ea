@testable import Travel

extension PlanCatalog {
    /// Who has been far: a million points would say no more than these.
    private static let traveller = "'00000000-0000-4000-9000-000000000001'::uuid"
    private static let moment = "timestamptz '2020-03-01 12:00Z'"
    private static let later = "timestamptz '2020-03-01 13:00Z'"

    /// Fifty moments a minute apart, from `moment` on.
    private static let moments =
        "ARRAY(SELECT timestamptz '2020-03-01 12:00:30Z' + n * interval '1 minute' FROM generate_series(1, 50) AS n)"
    private static let cells = "ARRAY(SELECT n::bigint FROM generate_series(50001, 50050) AS n)"
    private static func array(_ value: String) -> String { "array_fill(\(value), ARRAY[50])" }

    static let travel: [PlanCase] = [
        PlanCase(RecordStatements.ensure, [traveller], within: 20),
        PlanCase(RecordStatements.traveller, [traveller], within: 20),
        PlanCase(RecordStatements.add, [traveller, moments, array("48.1::float8"), array("17.1::float8")]),
        PlanCase(RecordStatements.mark, [traveller, moment, later], within: 20),
        PlanCase(RecordStatements.start, [traveller, moment], within: 20),
        PlanCase(RecordStatements.track, [traveller, moment, "5000"]),
        PlanCase(RecordStatements.knownLandmarks, [traveller, moment, later], within: 20),
        PlanCase(RecordStatements.knownVisits, [traveller, moment, later], within: 20),
        PlanCase(RecordStatements.begin, [traveller, "1"], within: 20),
        PlanCase(RecordStatements.unknownCells, [cells], within: 20),
        PlanCase(
            RecordStatements.learn,
            [
                "ARRAY(SELECT -n::bigint FROM generate_series(1, 50) AS n)", array("8::smallint"), array("'CA'::text"),
                array("NULL::text"), array("true"), array("true"),
            ], within: 50),
        PlanCase(RecordStatements.note, [traveller, cells, moments, moments]),
        PlanCase(RecordStatements.visits, [traveller, "8::smallint", moment, later, moments, moments, cells]),
        PlanCase(RecordStatements.forget, [traveller, moment, moment, later, later], within: 50),
        PlanCase(RecordStatements.landmarks, [traveller, moments, moments], within: 50),
        PlanCase(
            RecordStatements.stays, [traveller, moments, moments, array("48.1::float8"), array("17.1::float8")],
            within: 50),
        PlanCase(
            RecordStatements.trips,
            [
                traveller, moments, "ARRAY(SELECT m + interval '1 minute' FROM unnest(\(moments)) AS m)",
                array("1000::float8"), array("14::float8"), array("'\\x0102'::bytea"),
            ], within: 50),
        PlanCase(
            RecordStatements.unseen,
            [
                traveller, moments, "ARRAY(SELECT m + interval '1 minute' FROM unnest(\(moments)) AS m)",
                array("1000::float8"),
            ], within: 50),
        PlanCase(RecordStatements.days, [traveller, "ARRAY[18322, 18323]"], within: 20),
        PlanCase(RecordStatements.end, [traveller, "NULL", moment], within: 20),
    ]
}
