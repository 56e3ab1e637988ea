import Model
import Persistence
import Testing

@Suite struct `Binary parameters and results` {
    @Test func `every type comes back from Postgres as it was sent`() async throws {
        try await PersistenceFixture.with(isMigrated: false) { fixture in
            let id = UniqueID.version7(at: .now)
            let moment = Timestamp(milliseconds: -86_400_001)
            let row = try await fixture.query(
                """
                SELECT $1::boolean, $2::int2, $3::int4, $4::int8, $5::float8, $6::text, $7::bytea, $8::uuid,
                       $9::timestamptz, $10::text
                """, true, Int16.min, Int32.max, Int64.min, -0.1, "žluťoučký 🐎", [0, 255] as [UInt8], id, moment,
                String?.none)[0]
            #expect(row.bool(0) == true)
            #expect(row.int16(1) == .min)
            #expect(row.int32(2) == .max)
            #expect(row.int64(3) == .min)
            #expect(row.double(4) == -0.1)
            #expect(row.text(5) == "žluťoučký 🐎")
            #expect(row.bytes(6) == [0, 255])
            #expect(row.uniqueID(7) == id)
            #expect(row.timestamp(8) == moment)
            #expect(row.text(9) == nil && row.isNull(9))
        }
    }

    @Test func `Postgres reads a binary moment and id as their text`() async throws {
        try await PersistenceFixture.with(isMigrated: false) { fixture in
            let id = try #require(UniqueID("018f4e2a-7b1c-7d3e-8a9b-0c1d2e3f4a5b"))
            let row = try await fixture.query(
                "SELECT $1::timestamptz::text, $2::uuid::text",
                Timestamp(milliseconds: 1_700_000_000_123), id)[0]
            #expect(row.text(0) == "2023-11-14 22:13:20.123+00")
            #expect(row.text(1) == "018f4e2a-7b1c-7d3e-8a9b-0c1d2e3f4a5b")
        }
    }

    @Test(arguments: [0, 1, 2, 1000]) func `an array arrives with every element in its place`(count: Int) async throws {
        try await PersistenceFixture.with(isMigrated: false) { fixture in
            var parameters = PostgresParameters()
            parameters.append(array: (0..<count).map { Int64($0) * 3 })
            parameters.append(column: 0..<count) { $0.isMultiple(of: 2) ? "text \($0)" : String?.none }
            let statement = PostgresStatement(
                "arrays", "SELECT * FROM unnest($1::int8[], $2::text[]) WITH ORDINALITY AS x(a, b, n) ORDER BY n")
            let result = try await fixture.database.query(PostgresQuery(statement, parameters))
            #expect(result.rowCount == count)
            for (index, row) in result.rows.enumerated() {
                #expect(row.int64(0) == Int64(index) * 3)
                #expect(row.text(1) == (index.isMultiple(of: 2) ? "text \(index)" : nil))
            }
        }
    }

    @Test func `a moment between two milliseconds is cut towards the past`() async throws {
        try await PersistenceFixture.with(isMigrated: false) { fixture in
            let row = try await fixture.query(
                "SELECT timestamptz '1999-12-31 23:59:59.9999+00', timestamptz '2000-01-01 00:00:00.0019+00'")[0]
            #expect(row.timestamp(0)?.milliseconds == 946_684_799_999)
            #expect(row.timestamp(1)?.milliseconds == 946_684_800_001)
        }
    }
}
