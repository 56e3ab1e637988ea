package import Jobs
package import Persistence

/// An area of the product: one folder, named in `Package.swift` and in `Hub`'s list of features.
package protocol Feature: Sendable {
    /// In lower case; also its schema's name in Postgres.
    static var name: String { get }

    /// The schema it keeps its rows in; nothing if it keeps none.
    static var migrations: MigrationArea? { get }

    /// What it has done now and then, by one hub of all that share a database at a time. `hubd jobs` runs these without a
    /// hub, so that they are given no live state.
    static func scheduledJobs(services: JobServices) -> [ScheduledJob]

    init(services: Services)

    /// Adds its routes and their schemas, and the kinds of queued jobs that it does.
    func register(in registry: Registry)

    /// Once, when everything is registered and before the hub serves; the database is there, with every schema.
    func prepare() async

    /// Its work in the background; ends when the task is cancelled.
    func run() async

    /// The hub stops: its work has been cancelled and may not have ended yet, nothing more comes, and the database is still
    /// there. Two seconds are left for it, with all other features.
    func finish() async
}

extension Feature {
    package static var migrations: MigrationArea? { nil }

    package static func scheduledJobs(services: JobServices) -> [ScheduledJob] { [] }

    package func prepare() async {}

    package func run() async {}

    package func finish() async {}
}
