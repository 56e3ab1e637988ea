internal import Configuration
internal import Persistence

/// Whether the private Postgres can be run, or runs.
enum PrivateClusterChecks {
    static func findings(_ state: PrivateClusterState, _ configuration: HubConfiguration) -> [Finding] {
        [installation(state), server(state)]
    }

    private static func installation(_ state: PrivateClusterState) -> Finding {
        let check = "postgres.installation"
        let installed = state.installedMajors.map(String.init).joined(separator: ", ")
        guard let newest = state.installedMajors.first else {
            return .error(
                check, "no Postgres is installed", means: "database.url is empty, so the hub has to run one itself.",
                do: "apt-get install postgresql, or set database.url (or database.programs_dir).")
        }
        guard let files = state.filesMajor else { return .ok(check, "Postgres \(newest) would make a new cluster") }
        guard state.installedMajors.contains(files) else {
            return .error(
                check, "the files are of Postgres \(files), installed is \(installed)",
                means: "A server does not read the files of another major version.",
                do: "apt-get install postgresql-\(files); then hubd backup, move data.dir away, hubd restore.")
        }
        return .ok(check, "the files are of Postgres \(files), which is installed")
    }

    private static func server(_ state: PrivateClusterState) -> Finding {
        let check = "postgres.server"
        switch (state.isHeld, state.runningURL != nil) {
        case (true, true): return .ok(check, "a hub runs on this data directory, and its Postgres")
        case (true, false):
            return .warning(
                check, "a hub or a command holds the data directory, and its Postgres does not run",
                means: "It is starting or stopping, or its Postgres cannot start.",
                do: "Look again in a minute; then read postgres.log in data.dir.")
        case (false, true):
            return .warning(
                check, "a Postgres runs on the files without a hub", means: "A hub was killed and left it behind.",
                do: "Start the hub: it takes it over.")
        case (false, false):
            return .ok(check, "no hub runs on this data directory; its database is looked at while one does")
        }
    }
}
