extension CommandTable {
    /// Of commands that show on the standard error stream how far they are.
    private static let quiet = CommandOption.flag("quiet", help: "no progress")

    /// The commands of `hubd`.
    package static let hubd = CommandTable(
        program: "hubd", summary: "Presence Hub: live locations and presence for groups of people.",
        commands: [
            Command(
                "serve", summary: "Run the hub until SIGINT or SIGTERM",
                discussion: """
                    SIGHUP takes changed settings over (limits, log level), reads the TLS certificate again and asks for
                    every API key anew. Without database.url the hub makes and supervises a Postgres of its own in data.dir.
                    """,
                readsConfiguration: true),
            Command(
                "keys create", summary: "Make an API key and show it, once",
                options: [
                    .value("name", "NAME", required: true, help: "what people know the key by"),
                    .flag("admin", help: "let it administer the hub"),
                    .flag("json", help: #"print {"id","key","prefix"}"#),
                ], readsConfiguration: true),
            Command(
                "keys list", summary: "List the API keys, without the keys themselves",
                options: [.flag("json", help: "print one JSON array")], readsConfiguration: true),
            Command(
                "keys rotate", summary: "Make a new key in place of another, which stops working",
                discussion: "KEY is the id of a key or its first 8 characters. The new key is shown once.",
                operands: ["KEY"], options: [.flag("json", help: #"print {"id","key","prefix"}"#)],
                readsConfiguration: true),
            Command(
                "keys revoke", summary: "Stop an API key from working",
                discussion: "KEY is the id of a key or its first 8 characters.", operands: ["KEY"],
                options: [.flag("json", help: "print what became of it as JSON")], readsConfiguration: true),
            Command(
                "jobs list", summary: "List the scheduled jobs, and how many jobs are queued",
                options: [.flag("json", help: "print one JSON object")], readsConfiguration: true),
            Command(
                "jobs run", summary: "Run a scheduled job now",
                discussion: "Fails if it is running somewhere; when it is due next stays as it is.", operands: ["NAME"],
                readsConfiguration: true),
            Command(
                "jobs dead", summary: "List the queued jobs that were given up, the newest first",
                options: [.flag("json", help: "print one JSON array")], readsConfiguration: true),
            Command(
                "jobs retry", summary: "Put jobs that were given up back into the queue",
                discussion: "They have all their attempts before them again.", optionalOperands: ["ID"],
                options: [
                    .flag("all", help: "every one, or every one of a kind"),
                    .value("kind", "KIND", help: "of this kind alone"),
                ], readsConfiguration: true),
            Command(
                "regions import", summary: "Put countries and regions of the earth into the database, from a map file",
                discussion: """
                    Without FILE it is world_map.gpkg of Debian's qgis-common, where scripts/fetch-map.sh or that package puts it.
                    DIR has iso_3166-1.json and iso_3166-2.json of iso-codes; without them the map's own names are taken. A second
                    import takes the place of the first. Hubs load it when they start.
                    """,
                options: [
                    .value("file", "FILE", help: "the map"), .value("names", "DIR", help: "the folder with names"),
                    quiet,
                ], readsConfiguration: true),
            Command(
                "check-config", summary: "Check the configuration and show what is in effect",
                discussion: "Secrets are masked. Nothing is started and nothing is changed.", readsConfiguration: true),
            Command(
                "backup", summary: "Write a backup of the database, while the hub runs or without one",
                discussion: """
                    TARGET is a file, which is replaced when the backup is whole, or a directory, which gets one named by the
                    time. It is a tar archive of a dump that pg_restore reads, a manifest and SHA256SUMS.
                    """, operands: ["TARGET"],
                options: [
                    .flag("verify", help: "restore it into a database of its own, and compare every row"),
                    .flag("json", help: "print what was made as JSON"), quiet,
                ], readsConfiguration: true),
            Command(
                "restore", summary: "Put a backup in the place of the database, while no hub runs on it",
                discussion: """
                    All of it is there afterwards, or everything is as it was. The files of a private Postgres that were there
                    are kept beside the new ones.
                    """, operands: ["FILE"],
                options: [
                    .flag("force", help: "replace a database that holds data"),
                    .flag("check", help: "only read the backup, and say whether it is whole"), quiet,
                ], readsConfiguration: true),
            Command(
                "health", summary: "Ask the hub of this configuration whether it is ready",
                discussion: "Exits with 0 if it is, and with 1 if it is not or does not answer within 5 seconds.",
                options: [.flag("live", help: "ask whether it runs, whatever became of its database")],
                readsConfiguration: true),
            Command(
                "doctor", summary: "Look for what is wrong, or will be, with configuration, machine and database",
                discussion: """
                    Changes nothing, and works beside a running hub and without one. Each finding says what it means and what
                    to do. Exits with 0 if all is well, 1 with warnings, 2 with errors.
                    """, options: [.flag("json", help: "print one JSON object")], readsConfiguration: true),
            Command("version", summary: "Show the version"),
            Command("help", summary: "Show this, or more about a command"),
        ])
}
