@testable import Travel

extension PlanCatalog {
    private static let traveller = "'00000000-0000-4000-9000-000000000001'::uuid"
    /// Of that person; see `scripts/fill-travel.sql`.
    private static let file = "'00000000-0000-4000-a000-000000000005'::uuid"
    private static let moment = "timestamptz '2020-03-01 12:00Z'"
    private static let later = "timestamptz '2020-03-01 13:00Z'"

    /// Fifty that are free, half a minute beside those that are there.
    private static let moments =
        "ARRAY[" + (1...50).map { "\(moment) + interval '\($0) minutes 30 seconds'" }.joined(separator: ", ") + "]"

    static let imports: [PlanCase] = [
        PlanCase(
            ImportStatements.begin, ["gen_random_uuid()", traveller, "'x'", "NULL", "now()", "5"], within: 20),
        PlanCase(ImportStatements.addPiece, [file, "1000", "'\\x00'::bytea"], within: 20),
        PlanCase(ImportStatements.notePiece, [file, "1", "now()"], within: 20),
        PlanCase(ImportStatements.received, [file, "now()"], within: 20),
        PlanCase(ImportStatements.remove, [file], within: 50),
        PlanCase(ImportStatements.one, [file], within: 20),
        PlanCase(ImportStatements.list, [traveller, "'infinity'", file, "100"], within: 20),
        PlanCase(ImportStatements.lately, ["1000"], within: 20),
        PlanCase(ImportStatements.startReading, [file], within: 20),
        PlanCase(ImportStatements.piece, [file, "1"], within: 20),
        PlanCase(
            ImportStatements.advance,
            [
                file, "0", moments,
                "array_fill(48.1::float8, ARRAY[50])", "array_fill(17.1::float8, ARRAY[50])", "50", "1", "'{}'",
            ], within: 50),
        PlanCase(ImportStatements.endReading, [file, "1", "'{}'", "false", "NULL", "NULL"], within: 20),
        PlanCase(ImportStatements.removePieces, [file], within: 50),
        PlanCase(ImportStatements.finish, [file, "now()"], within: 20),
        PlanCase(ImportStatements.cancel, [file, traveller, "now()"], within: 20),
        PlanCase(ImportStatements.cancelAll, [traveller, "now()"], within: 20),
        PlanCase(ImportStatements.forsaken, within: 20),
        PlanCase(ImportStatements.forsake, [file, "now()"], within: 20),
        PlanCase(ImportStatements.stale, ["now() - interval '1 hour'"], within: 20),
        PlanCase(ImportStatements.export, [traveller, moment, later, "5000"]),
        PlanCase(ImportStatements.erasePieces, [traveller], within: 50),
        PlanCase(ImportStatements.erase, [traveller], within: 50),
    ]
}
