@testable import Travel

extension PlanCatalog {
    /// Who has been far: a million points would say no more than these.
    private static let traveller = "'00000000-0000-4000-9000-000000000001'::uuid"
    private static let other = "'00000000-0000-4000-9000-000000000002'::uuid"
    private static let moment = "timestamptz '2020-03-01 12:00Z'"
    private static let later = "timestamptz '2020-03-01 13:00Z'"

    /// Fifty moments a minute apart, from `moment` on, and `minutes` later.
    private static func moments(after minutes: Int = 0) -> String {
        let texts = (1...50).map { number in
            let minute = number + minutes
            return "'2020-03-01 \(12 + minute / 60):\("\(100 + minute % 60)".suffix(2)):30Z'"
        }
        return "ARRAY[\(texts.joined(separator: ", "))]::timestamptz[]"
    }
    /// Fifty cells, from one on.
    private static func cells(from first: Int) -> String {
        "ARRAY[\((first..<first + 50).map(String.init).joined(separator: ", "))]::bigint[]"
    }
    private static func array(_ value: String) -> String { "array_fill(\(value), ARRAY[50])" }

    static let travel: [PlanCase] = [
        PlanCase(RecordStatements.ensure, [traveller], within: 20),
        PlanCase(RecordStatements.traveller, [traveller], within: 20),
        PlanCase(RecordStatements.add, [traveller, moments(), array("48.1::float8"), array("17.1::float8")]),
        PlanCase(RecordStatements.mark, [traveller, moment, later], within: 20),
        PlanCase(RecordStatements.start, [traveller, moment, "NULL"], within: 20),
        PlanCase(RecordStatements.start, [traveller, later, moment], within: 20),
        PlanCase(RecordStatements.points, [traveller, moment, later, "5000"], within: 20),
        PlanCase(RecordStatements.tripEnd, [traveller, later], within: 20),
        PlanCase(RecordStatements.track, [traveller, moment, "5000"]),
        PlanCase(RecordStatements.knownLandmarks, [traveller, moment, later], within: 20),
        PlanCase(RecordStatements.knownVisits, [traveller, moment, later], within: 20),
        PlanCase(RecordStatements.begin, [traveller, "1"], within: 20),
        PlanCase(RecordStatements.unknownCells, [cells(from: 50_001)], within: 20),
        PlanCase(
            RecordStatements.learn,
            [
                cells(from: -50), array("8::smallint"), array("'CA'::text"),
                array("NULL::text"), array("true"), array("true"), array("1"),
            ], within: 50),
        PlanCase(RecordStatements.note, [traveller, cells(from: 50_001), moments(), moments()], within: 200),
        PlanCase(
            RecordStatements.visits,
            [traveller, "8::smallint", moment, later, moments(), moments(after: 1), cells(from: 50_001)]),
        PlanCase(RecordStatements.forget, [traveller, moment, moment, later, later], within: 50),
        PlanCase(RecordStatements.landmarks, [traveller, moments(), moments()], within: 50),
        PlanCase(
            RecordStatements.stays, [traveller, moments(), moments(), array("48.1::float8"), array("17.1::float8")],
            within: 50),
        PlanCase(
            RecordStatements.trips,
            [
                traveller, moments(), moments(after: 1),
                array("1000::float8"), array("14::float8"), array("'\\x0102'::bytea"),
            ], within: 50),
        PlanCase(
            RecordStatements.unseen,
            [
                traveller, moments(), moments(after: 1),
                array("1000::float8"),
            ], within: 50),
        PlanCase(RecordStatements.days, [traveller, "ARRAY[18322, 18323]"], within: 20),
        PlanCase(RecordStatements.end, [traveller, "NULL", moment], within: 20),
        PlanCase(MapStatements.isOutdated, ["2"], within: 20),
        PlanCase(MapStatements.cells, ["2", "5000"]),
        PlanCase(
            MapStatements.relocate,
            [cells(from: 50_001), array("'CA'::text"), array("NULL::text"), array("true"), "2"], within: 50),
        PlanCase(MapStatements.travellers, ["2", "100"], within: 20),
        // A hundred thousand cells, once after an import.
        PlanCase(MapStatements.recount, [traveller, "2"], within: 3000),
        PlanCase(LiveStatements.owners, [devices], within: 20),
        PlanCase(LiveStatements.markDevices, [devices, moments(), moments(after: 1)], within: 50),
        PlanCase(LiveStatements.markReceived, ["now() + interval '1 hour'"], within: 200),
        PlanCase(LiveStatements.beat, ["gen_random_uuid()", "now()"], within: 20),
        PlanCase(LiveStatements.adopt, ["30"], within: 200),
        PlanCase(LiveStatements.leave, ["gen_random_uuid()"], within: 20),
        PlanCase(LiveStatements.unfinished, ["NULL", "100"], within: 20),
        PlanCase(RecordStatements.withdraw, [traveller], within: 20),
        PlanCase(RecordStatements.erasePerson, [traveller, "1000"], within: 200),
        PlanCase(RecordStatements.gaps, [traveller, later], within: 20),
        PlanCase(RecordStatements.takeUpErased, [traveller, later], within: 50),
        // Of one of very many: of who has been far it would change a hundred thousand rows, and leave as many dead ones to those
        // that are looked at after it.
        PlanCase(RecordStatements.finishErased, [other, "1", later], within: 100),
        PlanCase(RecordStatements.leftBy, ["gen_random_uuid()"], within: 20),
    ]
}
