@testable import Persistence

/// Every statement of the product with arguments as they come. A new statement is added here; a test says if one is missing.
enum PlanCatalog {
    static let all: [PlanCase] =
        core + idempotency + jobs + custody + accounts + credentials + people + invitations + chat + presence + mail
        + travel + ingest + achievements + travelStatistics + imports + phones

    /// Statements that touch no table, or Postgres's own and that of the migrations alone, which have no size.
    static let exempt: Set<String> = [
        "core.ping", "core.session_settings", "core.migration_lock", "core.migration_unlock", "core.applied_migrations",
        "core.clock", "core.migrations_are_there", "core.migrations_of_other_areas",
        "accounts.lock_signing_keys",
        // Asks for a time zone.
        "accounts.check_time_zone",
        // Of commands that look at a whole database, now and then.
        "backup.session", "backup.steps", "backup.tables", "backup.copies", "digest.tables", "doctor.database",
        "doctor.extensions", "doctor.place_of_map", "doctor.map", "restore.target", "restore.version",
        // Of an import of the map and of a hub's start: one row, or tables of 4,200 rows, all of which are meant.
        "travel.retire_countries", "travel.retire_regions", "travel.upsert_countries", "travel.upsert_regions",
        "travel.replace_region_map", "travel.region_map", "travel.region_map_digest", "travel.region_map_number",
    ]

    static let device = "'00000000-0000-4000-8000-000000012345'::uuid"
    /// One that has been deactivated: its number modulo 20 is 7.
    static let inactiveDevice = "'00000000-0000-4000-8000-00000000001b'::uuid"
    static let group = "'fill-5'"

    /// Fifty devices of as many groups.
    static let devices = ids((1...50).map { "00000000-0000-4000-8000-" + hex($0 * 3001) })
    static let keys = ids((1...50).map { "00000000-0000-7000-8000-" + hex($0) })

    static func ids(_ texts: [String]) -> String {
        "ARRAY[" + texts.map { "'\($0)'" }.joined(separator: ", ") + "]::uuid[]"
    }

    static func hex(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 12 - digits.count) + digits
    }

    static func fifty(_ value: String, _ type: String) -> String { "array_fill(\(value)::\(type), ARRAY[50])" }
    static func one(_ value: String, _ type: String) -> String { "array_fill(\(value)::\(type), ARRAY[1])" }

    private static func fiftyLocations(areNew: Bool, areKnown: Bool = false) -> [String] {
        [
            areKnown ? "'{}'::uuid[]" : devices,
            areKnown ? "pg_sequence_last_value('core.device_removals')" : "NULL", devices,
            fifty("clock_timestamp()", "timestamptz"), fifty("now()", "timestamptz"),
            fifty("48.1", "float8"), fifty("17.1", "float8"), fifty("8", "float8"), fifty("NULL", "float8"),
            fifty("NULL", "float8"), fifty("1.4", "float8"), fifty("'gps'", "text"), fifty("80", "int2"),
            fifty("NULL", "text"), "\(areNew)",
        ]
    }

    private static let core: [PlanCase] = [
        PlanCase(
            DeviceStatements.register,
            ["gen_random_uuid()", "'Ada'", "'new-group'", "'android'", "NULL", "20", "now()", "NULL", "0"],
            within: 20),
        PlanCase(DeviceStatements.deactivate, [device, "now()"], within: 20),
        PlanCase(DeviceStatements.find, [device], within: 20),
        PlanCase(DeviceStatements.activeInGroup, [group], within: 50),
        PlanCase(LocationStatements.insert, fiftyLocations(areNew: true), within: 100),
        PlanCase(LocationStatements.insert, fiftyLocations(areNew: true, areKnown: true), within: 100),
        PlanCase(LocationStatements.insert, fiftyLocations(areNew: false), within: 100),
        // One location, which the document holds to less than a batch of fifty.
        PlanCase(
            LocationStatements.insert,
            [
                "ARRAY[\(device)]", "NULL", "ARRAY[\(device)]", one("clock_timestamp()", "timestamptz"),
                one("now()", "timestamptz"), one("48.1", "float8"), one("17.1", "float8"), one("8", "float8"),
                one("NULL", "float8"), one("NULL", "float8"), one("1.4", "float8"), one("'gps'", "text"),
                one("80", "int2"), one("NULL", "text"), "true",
            ], within: 10),
        PlanCase(LocationStatements.touch, [devices, fifty("now()", "timestamptz")]),
        PlanCase(PostgresAPIKeyStore.find, ["sha256('7'::bytea)"], within: 20),
        PlanCase(PostgresAPIKeyStore.findByID, ["gen_random_uuid()"], within: 20),
        PlanCase(
            PostgresAPIKeyStore.insert,
            [
                "gen_random_uuid()", "sha256('new'::bytea)", "'pm_new'", "'new'", "false", "true", "now()", "NULL",
                "NULL",
            ], within: 20),
        PlanCase(PostgresAPIKeyStore.all),
        PlanCase(PostgresAPIKeyStore.revocation, ["NULL", "'pm_fill3'"]),
        PlanCase(
            PostgresAPIKeyStore.touching,
            [keys, fifty("now()", "timestamptz")]),
        PlanCase(
            PostgresTicketStore.insert,
            ["sha256('t'::bytea)", "'00000000-0000-7000-8000-000000000001'", "NULL", "now()", "NULL", "NULL"],
            within: 20),
        PlanCase(PostgresTicketStore.redemption, ["sha256('t'::bytea)"], within: 20),
        PlanCase(PostgresTicketStore.removal, ["now()"]),
        PlanCase(LocationUpkeep.ensure, ["now()", "now() + interval '3 days'"], within: 1000),
        PlanCase(LocationUpkeep.drop, ["now() - interval '30 days'"], within: 1000),
        PlanCase(LocationUpkeep.old, ["now() - interval '3 days'"], within: 1000),
        PlanCase(
            LocationUpkeep.delete,
            ["'locations_' || to_char(now() - interval '3 days', 'YYYYMMDD')", "NULL", "now()", "10000"],
            within: 1000),
        PlanCase(
            LocationUpkeep.refresh, within: 60_000, readsWhole: ["devices", "groups", "group_member_counts"]),
    ]
}
