/// `[database]`: which Postgres holds the truth, and how it is used.
package struct DatabaseConfiguration: Equatable, Sendable {
    /// Nothing means a private Postgres in the data directory.
    package var url: Secret?
    package var connectionsPerLoop = 2
    package var connectTimeout = Duration.seconds(5)
    package var statementTimeout = Duration.seconds(10)
    /// Where `initdb` and `postgres` of the private Postgres are; empty means the newest that is installed.
    package var programsDirectory = ""

    package init() {}
}
