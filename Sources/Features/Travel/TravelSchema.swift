package import Persistence

/// The schema `travel`.
package enum TravelSchema {
    package static var migrations: MigrationArea {
        MigrationArea(
            name: "travel",
            migrations: [Migration(number: 1, name: "record", bytes: PackageResources._001_record_sql)])
    }
}
