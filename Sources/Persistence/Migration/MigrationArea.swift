/// The migrations of one area, which are of the schema of the same name.
package struct MigrationArea: Hashable, Sendable {
    /// Also the schema's name: lower case letters, digits and underscores.
    package let name: String
    /// In the order of their numbers.
    package let migrations: [Migration]

    package init(name: String, migrations: [Migration]) {
        precondition(
            !name.isEmpty && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 },
            "an area's name is a schema's name")
        precondition(
            migrations.map(\.number) == Array(1..<(migrations.count + 1)), "migrations are numbered from 1 without gaps"
        )
        self.name = name
        self.migrations = migrations
    }

    /// Devices, people, groups, locations and API keys.
    package static let core = MigrationArea(
        name: "core",
        migrations: [
            Migration(number: 1, name: "devices", sql: PackageResources._001_devices_sql),
            Migration(number: 2, name: "locations", sql: PackageResources._002_locations_sql),
            Migration(number: 3, name: "registration", sql: PackageResources._003_registration_sql),
            Migration(number: 4, name: "stream_tickets", sql: PackageResources._004_stream_tickets_sql),
            Migration(number: 5, name: "idempotency", sql: PackageResources._005_idempotency_sql),
            Migration(number: 6, name: "job_schedule", sql: PackageResources._006_job_schedule_sql),
            Migration(number: 7, name: "job_queue", sql: PackageResources._007_job_queue_sql),
            Migration(number: 8, name: "custody", sql: PackageResources._008_custody_sql),
            Migration(number: 9, name: "people", sql: PackageResources._009_people_sql),
            Migration(number: 10, name: "location_writing", sql: PackageResources._010_location_writing_sql),
        ])
}
