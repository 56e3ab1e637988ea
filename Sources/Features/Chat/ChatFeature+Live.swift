internal import EventLoop
internal import FeatureKit
internal import Model
internal import Persistence
internal import Telemetry

extension ChatFeature {
    /// The live half, on every loop, joined.
    static func makeLive(_ services: Services, _ core: CoreServices) -> LiveChat {
        LiveChat.make(
            on: core.live.loops.loops, store: PostgresConversationStore(database: core.database),
            presence: PostgresPresenceStore(database: core.database),
            missed: MissedMessageNotices(notifications: services.notifications),
            limits: ChatLimits(services.configuration), presenceLimits: PresenceLimits(services.configuration),
            clock: services.clock, logger: services.logger.component("chat"), meters: ChatMeters(services.metrics),
            people: services.people)
    }
}
