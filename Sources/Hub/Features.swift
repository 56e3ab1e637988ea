internal import Admin
internal import Core
internal import FeatureKit
internal import Persistence
internal import Privacy

/// The product's areas: the list to which a new one is added.
enum Features {
    static func all(_ services: Services) -> [any Feature] {
        [CoreFeature(services: services), PrivacyFeature(services: services), AdminFeature(services: services)]
    }

    /// In the order in which their schemas are made.
    static let migrations: [MigrationArea] = [.core]
}
