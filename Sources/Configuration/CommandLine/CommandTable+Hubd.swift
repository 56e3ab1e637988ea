extension CommandTable {
    /// The commands of `hubd`.
    package static let hubd = CommandTable(
        program: "hubd", summary: "Presence Hub: live locations and presence for groups of people.",
        commands: [
            Command(
                "serve", summary: "Run the hub until SIGINT or SIGTERM",
                discussion: """
                    SIGHUP reads the TLS certificate and key again. Without database.url the hub makes and supervises a
                    Postgres of its own in data.dir.
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
                "check-config", summary: "Check the configuration and show what is in effect",
                discussion: "Secrets are masked. Nothing is started and nothing is changed.", readsConfiguration: true),
            Command("version", summary: "Show the version"),
            Command("help", summary: "Show this, or more about a command"),
        ])
}
