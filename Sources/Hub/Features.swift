internal import Accounts
internal import Achievements
internal import Admin
internal import Chat
internal import Core
internal import Docs
internal import FeatureKit
internal import Jobs
internal import Persistence
internal import Phones
internal import Privacy
internal import Shares
internal import Travel
internal import Web

/// The product's areas: the list to which a new one is added.
enum Features {
    static let types: [any Feature.Type] = [
        CoreFeature.self, PrivacyFeature.self, AdminFeature.self, AccountsFeature.self, ChatFeature.self,
        AchievementsFeature.self, DocsFeature.self, TravelFeature.self, WebFeature.self, PhonesFeature.self,
        SharesFeature.self,
    ]

    static func all(_ services: Services) -> [any Feature] { types.map { $0.init(services: services) } }

    static func scheduledJobs(_ services: JobServices) -> [ScheduledJob] {
        types.flatMap { $0.scheduledJobs(services: services) }
    }

    /// In the order in which their schemas are made.
    static let migrations: [MigrationArea] = [.core] + types.compactMap { $0.migrations }

    /// The Postgres extensions that those need.
    static let extensions: [String] = []
}
