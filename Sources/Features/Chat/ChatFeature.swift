package import FeatureKit
internal import HTTP
internal import Model
package import Persistence
internal import Wire

/// Conversations: messages, read marks, typing, and who is there.
package struct ChatFeature: Feature {
    package static let name = "chat"

    package static var migrations: MigrationArea? {
        MigrationArea(
            name: name,
            migrations: [
                Migration(number: 1, name: "chat", sql: PackageResources._001_chat_sql),
                Migration(number: 2, name: "presence", sql: PackageResources._002_presence_sql),
            ])
    }

    let services: Services
    let core: CoreServices
    let store: PostgresConversationStore
    let sender: any MessageSender
    let live: any ConversationLive
    /// Nothing in tests of requests alone.
    let chat: LiveChat?

    /// - Precondition: The services hold the core's.
    package init(services: Services) {
        guard let core = services.core else { preconditionFailure("chat needs the core's services") }
        let chat = ChatFeature.makeLive(services, core)
        self.init(services: services, sender: chat, live: chat, chat: chat)
    }

    /// - Parameters:
    ///   - sender: Takes the messages of requests.
    ///   - live: Hears of every change that requests make.
    ///   - chat: Serves the stream and people's presence; neither is there without one.
    /// - Precondition: The services hold the core's.
    init(
        services: Services, sender: any MessageSender, live: any ConversationLive, chat: LiveChat? = nil
    ) {
        guard let core = services.core else { preconditionFailure("chat needs the core's services") }
        self.services = services
        self.core = core
        store = PostgresConversationStore(database: core.database)
        self.sender = sender
        self.live = live
        self.chat = chat
    }

    package func register(in registry: Registry) {
        ChatSchemas.define(in: registry)
        addConversationRoutes(to: registry)
        addMemberRoutes(to: registry)
        addMessageRoutes(to: registry)
        addChangeRoutes(to: registry)
        addReadingRoutes(to: registry)
        let erasure = PostgresChatErasureStore(database: core.database)
        registry.add(ConversationEraser.handler(erasure))
        services.erasures.add(PersonErasure(store: erasure, chat: chat))
        guard let chat else { return }
        registry.add(chat)
        services.notifications.judge(
            with: ConversationNoticeJudge(database: core.database, clock: services.clock))
        // Whose presence somebody may see, they know.
        let presence = PostgresPresenceStore(database: core.database)
        services.acquaintances.add { (one, other) throws(DeviceStoreError) in
            do throws(PostgresError) {
                return try await !presence.profiles(of: [other], for: one).isEmpty
            } catch {
                throw DeviceStoreError(error)
            }
        }
        PresenceRoutes(
            live: chat, store: PostgresPresenceStore(database: core.database), clock: services.clock,
            decoder: core.decoder
        ).register(in: registry)
    }

    static let tag = "Conversations"

    // MARK: What every route asks

    /// Who calls: these routes admit users alone.
    func user(of request: RouteRequest) throws(Problem) -> UserID {
        guard let user = request.principal.user else { throw Problem.unauthorized(for: .user) }
        return user.id
    }

    /// The conversation of the path. One that is no UUID does not exist.
    func conversation(of request: RouteRequest) throws(Problem) -> ConversationID {
        guard let id = UniqueID(request.parameter("conversationId")) else {
            throw Problem(ConversationRefusal.notFound)
        }
        return ConversationID(id)
    }

    /// The message's number in the path.
    func sequence(of request: RouteRequest) throws(Problem) -> Int64 {
        guard let seq = Int64(request.parameter("seq")), seq > 0 else {
            throw Problem(ConversationRefusal.messageNotFound)
        }
        return seq
    }

    /// Reads a body, and answers what is wrong with it as a problem.
    func decoded<Value>(_ body: () throws(Refusal) -> Value) throws(Problem) -> Value {
        do throws(Refusal) { return try body() } catch { throw Problem(error) }
    }
}
