@testable import Travel

extension PlanCatalog {
    private static let traveller = "'00000000-0000-4000-9000-000000000001'::uuid"

    /// Who has no device yet, so that one is made.
    private static let newcomer = "'00000000-0000-4000-9000-000000000002'::uuid"

    /// A hundred moments a minute apart.
    private static let moments: String = {
        let texts = (0..<100).map { "'2020-03-01 \(12 + $0 / 60):\("\(100 + $0 % 60)".suffix(2)):15Z'" }
        return "ARRAY[\(texts.joined(separator: ", "))]::timestamptz[]"
    }()
    /// Two hundred cells: a hundred locations have so many at most, of two resolutions.
    private static let cells = "ARRAY[\((50_001...50_200).map(String.init).joined(separator: ", "))]::bigint[]"

    private static func degrees(_ value: String) -> String { "array_fill(\(value)::float8, ARRAY[100])" }

    static let ingest: [PlanCase] = [
        PlanCase(IngestStatements.known, [traveller, cells], within: 20),
        PlanCase(IngestStatements.store, [traveller, moments, degrees("48.1"), degrees("17.1")], within: 50),
        PlanCase(IngestStatements.cells, [traveller, cells], within: 20),
        PlanCase(IngestStatements.regions, [traveller, cells], within: 20),
        PlanCase(
            PrimaryDeviceStatements.settle,
            [
                newcomer, "NULL", "NULL", "'Phone'", "'ios'", "gen_random_uuid()", "'ingest-plan'", "20", "5", "100",
                "now()",
            ], within: 20),
        PlanCase(PrimaryDeviceStatements.find, [traveller], within: 20),
    ]
}
