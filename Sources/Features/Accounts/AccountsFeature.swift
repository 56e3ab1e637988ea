package import FeatureKit
package import Persistence

/// People: how they register and sign in, on which devices, and which groups they make and join.
package struct AccountsFeature: Feature {
    package static let name = "accounts"

    package static var migrations: MigrationArea? {
        MigrationArea(
            name: name,
            migrations: [
                Migration(number: 1, name: "accounts", bytes: PackageResources._001_accounts_sql),
                Migration(number: 2, name: "keys_and_factors", bytes: PackageResources._002_keys_and_factors_sql),
                Migration(number: 3, name: "invitations", bytes: PackageResources._003_invitations_sql),
                Migration(number: 4, name: "mail", bytes: PackageResources._004_mail_sql),
            ])
    }

    let services: Services
    let core: CoreServices

    /// - Precondition: The services hold the core's.
    package init(services: Services) {
        guard let core = services.core else { preconditionFailure("accounts need the core's services") }
        self.services = services
        self.core = core
    }

    package func register(in registry: Registry) {
        addPeopleRoutes(to: registry)
    }
}
