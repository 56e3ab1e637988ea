internal import Configuration
internal import Persistence

/// Whether a database has what a hub asks of it.
enum DatabaseChecks {
    /// The oldest version that the hub's statements are written for.
    static let oldestVersion = 150_000

    static func findings(_ facts: DatabaseFacts, _ configuration: HubConfiguration) -> [Finding] {
        [
            version(facts), extensions(facts, needed: Features.extensions), migrations(facts.migrations),
            durability(facts), role(facts), connections(facts, configuration), clock(facts), transactions(facts),
            map(facts),
        ]
    }

    private static func version(_ facts: DatabaseFacts) -> Finding {
        let check = "database.version"
        let shown = "Postgres \(facts.version / 10_000).\(facts.version % 10_000), \(facts.encoding)"
        if facts.version < oldestVersion {
            return .error(
                check, shown, means: "The hub's statements need Postgres \(oldestVersion / 10_000) or newer.",
                do: "Upgrade the server, or use another.")
        }
        guard facts.encoding == "UTF8" else {
            return .error(
                check, shown, means: "Names that people give their devices cannot be stored in this encoding.",
                do: "Make the database with ENCODING 'UTF8' TEMPLATE template0.")
        }
        return .ok(check, shown)
    }

    static func extensions(_ facts: DatabaseFacts, needed: [String]) -> Finding {
        let check = "database.extensions"
        let missing = needed.filter { !facts.extensions.contains($0) }
        if missing.isEmpty {
            return .ok(check, needed.isEmpty ? "none is needed" : "\(needed.joined(separator: ", ")) can be had")
        }
        return .error(
            check, "\(missing.joined(separator: ", ")) cannot be had", means: "Migrations that need them fail.",
            do: "Install their packages beside the server (Debian: postgresql-contrib, postgresql-15-postgis-3).")
    }

    private static func migrations(_ status: MigrationStatus) -> Finding {
        let check = "database.migrations"
        func list(_ steps: [MigrationStatus.Step]) -> String { steps.map(\.description).joined(separator: ", ") }
        if !status.unknown.isEmpty {
            return .error(
                check, "\(list(status.unknown)) of a newer hub", means: "This hub refuses to start on it.",
                do: "Run the newer hub, or restore a backup from before the upgrade.")
        }
        if !status.changed.isEmpty {
            return .error(
                check, "\(list(status.changed)) applied with another content",
                means: "The schema is not the one that this hub was tested with; it refuses to start on it.",
                do: "Run the hub that made this database, or restore a backup.")
        }
        if !status.pending.isEmpty {
            return .warning(
                check, "\(list(status.pending)) not applied yet",
                means: "The next start of this hub applies them; they cannot be taken back.",
                do: "hubd backup first, then start it.")
        }
        return .ok(check, "all \(status.applied.count) are applied")
    }

    private static func durability(_ facts: DatabaseFacts) -> Finding {
        let check = "database.durability"
        if facts.fsync, facts.fullPageWrites, facts.synchronousCommit != "off" {
            return .ok(check, "a commit waits for the disk (synchronous_commit = \(facts.synchronousCommit))")
        }
        let off = [
            ("fsync", facts.fsync), ("full_page_writes", facts.fullPageWrites),
            ("synchronous_commit", facts.synchronousCommit != "off"),
        ].filter { !$0.1 }.map(\.0)
        return .error(
            check, "\(off.joined(separator: ", ")) off",
            means: "What the hub has acknowledged may be lost in a power cut.",
            do: "Turn them on in postgresql.conf, or for the hub's role with ALTER ROLE … SET.")
    }

    private static func role(_ facts: DatabaseFacts) -> Finding {
        let check = "database.role"
        if facts.isStandby {
            return .error(
                check, "it is a standby", means: "It takes no writes.",
                do: "Name the primary in database.url, or add target_session_attrs=read-write.")
        }
        guard facts.mayCreate else {
            return .error(
                check, "the role may not make schemas", means: "Migrations fail.",
                do: "ALTER DATABASE … OWNER TO the role, or GRANT CREATE ON DATABASE.")
        }
        return .ok(check, "the role may make schemas")
    }

    /// What a hub opens.
    static func connectionsNeeded(_ configuration: HubConfiguration) -> Int {
        let perLoop = configuration.database.connectionsPerLoop + WriteBehindLimits().flights
        return configuration.server.loopCount * perLoop + 1
    }

    private static func connections(_ facts: DatabaseFacts, _ configuration: HubConfiguration) -> Finding {
        let check = "database.connections"
        let needed = connectionsNeeded(configuration)
        let shown =
            "max_connections is \(facts.maximumConnections), \(facts.connections) are open, a hub opens \(needed)"
        // Postgres keeps three for superusers.
        if needed + 3 > facts.maximumConnections {
            return .error(
                check, shown, means: "Some of the hub's loops get no connection, and store nothing.",
                do: "Raise max_connections, or lower server.loops or database.connections_per_loop.")
        }
        return .ok(check, shown)
    }

    private static func clock(_ facts: DatabaseFacts) -> Finding {
        let check = "database.clock"
        let milliseconds = Int64(facts.clockOffset / .milliseconds(1))
        let shown = "its clock is \(abs(milliseconds)) ms \(milliseconds < 0 ? "behind" : "ahead of") this machine's"
        if abs(milliseconds) < 2000 { return .ok(check, shown) }
        return .warning(
            check, shown, means: "Keys, tickets and retention go by both clocks.",
            do: "Synchronize both machines' clocks (chrony, systemd-timesyncd).")
    }

    private static func map(_ facts: DatabaseFacts) -> Finding {
        let check = "database.map"
        // The first start makes room for it.
        guard let hasMap = facts.hasMap else { return .ok(check, "there is no place for countries and regions yet") }
        guard !hasMap else { return .ok(check, "countries and regions are imported") }
        // Nothing is wrong with a hub that does without.
        return .ok(
            check,
            "countries and regions are not imported: visits are recorded without them until hubd regions import has run"
        )
    }

    private static func transactions(_ facts: DatabaseFacts) -> Finding {
        let check = "database.transactions"
        let seconds = facts.oldestTransactionSeconds
        if seconds < 3600 { return .ok(check, "the oldest transaction has been open for \(seconds) s") }
        return .warning(
            check, "a transaction has been open for \(seconds / 3600) h",
            means: "Dead rows are not cleaned up while it is, and tables grow.",
            do: "Look for it in pg_stat_activity (xact_start), and end it with pg_terminate_backend.")
    }
}
