internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Telemetry
internal import Wire

/// The routes of people's presence.
struct PresenceRoutes: Sendable {
    let live: LiveChat
    let store: any PresenceStore
    let clock: any LiveClock
    let decoder: RequestDecoder

    /// People one request may ask about.
    static let mostUsers = 100
    private static let tag = "Presence"

    func register(in registry: Registry) {
        registry.define("UserPresence", PresenceRoutes.presenceSchema)
        registry.add(
            Route(
                .put, "/api/v1/presence", operationID: "declarePresence", summary: "Say how you want to be seen",
                description: """
                    Holds for all your devices, and until you say otherwise; it shows while any of them is connected. \
                    `invisible` looks like `offline` to everybody else.
                    """,
                tag: PresenceRoutes.tag, callers: .user,
                content: RequestContent(
                    .object([
                        .required("status", .string(values: ["online", "away", "busy", "invisible"])),
                        .optional("note", .nullable(.string(length: 0...140))),
                    ])),
                responses: [RouteResponse(.noContent, "It is kept")], errors: [.serviceUnavailable],
                handler: .later { try await declare($0) }))
        registry.add(
            Route(
                .get, "/api/v1/presence", operationID: "listPresence", summary: "See how others are",
                description: """
                    Of people you share a group or a conversation with, of a direct conversation once they have written \
                    in it. Others are left out, as are those who do not exist. Of two of whom one blocks the other, each \
                    is offline for the other.
                    """,
                tag: PresenceRoutes.tag, callers: .user,
                parameters: [
                    .query("userIds", .string(), required: true, "1 to \(PresenceRoutes.mostUsers) ids, with commas")
                ],
                responses: [
                    RouteResponse(
                        .ok, "Those you may see",
                        .object([.required("presences", .array(of: .reference("UserPresence")))]))
                ],
                errors: [.missingField, .validationError, .serviceUnavailable], handler: .later { try await list($0) }))
        registry.add(
            Route(
                .get, "/api/v1/presence/settings", operationID: "getPresenceSettings",
                summary: "Your presence's settings", tag: PresenceRoutes.tag, callers: .user,
                responses: [RouteResponse(.ok, "The settings", PresenceRoutes.settingsSchema)],
                errors: [.serviceUnavailable], handler: .later { try await settings($0) }))
        registry.add(
            Route(
                .put, "/api/v1/presence/settings", operationID: "setPresenceSettings",
                summary: "Show or hide when you were last here", tag: PresenceRoutes.tag, callers: .user,
                content: RequestContent(PresenceRoutes.settingsSchema),
                responses: [RouteResponse(.ok, "The settings", PresenceRoutes.settingsSchema)],
                errors: [.serviceUnavailable], handler: .later { try await set($0) }))
    }

    private func declare(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try PresenceRoutes.user(of: request)
        let report = try reading { () throws(Refusal) in try decoder.decodePresence(request.body) }
        let declaration = PresenceDeclaration(
            user: user, status: report.status, note: report.note, at: clock.now)
        try await asking(request) { () throws(PostgresError) in try await store.declare([declaration]) }
        live.declare(report.status, note: report.note, by: user)
        return HTTPResponse(.noContent)
    }

    private func list(_ request: RouteRequest) async throws -> HTTPResponse {
        let watcher = try PresenceRoutes.user(of: request)
        let users = try users(of: request.query)
        let profiles = try await asking(request) { () throws(PostgresError) in
            try await store.profiles(of: users, for: watcher)
        }
        let connected = await live.presences(of: profiles.filter { !$0.value.isHidden }.map(\.key))
        let shown = users.compactMap { user -> UserPresence? in
            guard let profile = profiles[user] else { return nil }
            if let presence = connected[user] { return presence }
            return UserPresence(
                user: user, status: .offline,
                lastSeenAt: profile.showsLastSeen && !profile.isHidden ? profile.lastSeenAt.map(\.wholeMinute) : nil)
        }
        return .json(
            JSONWriter.bytes { json in
                json.object {
                    $0.array("presences", of: shown) { json, presence in json.object { $0.members(of: presence) } }
                }
            })
    }

    private func settings(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try PresenceRoutes.user(of: request)
        let profile = try await asking(request) { () throws(PostgresError) in try await store.profile(of: user) }
        return PresenceRoutes.settings(profile.showsLastSeen)
    }

    private func set(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try PresenceRoutes.user(of: request)
        let shows = try reading { () throws(Refusal) in try decoder.decodePresenceSettings(request.body) }
        try await asking(request) { () throws(PostgresError) in try await store.show(lastSeen: shows, of: user) }
        live.show(lastSeen: shows, of: user)
        return PresenceRoutes.settings(shows)
    }

    // MARK: Reading

    private static func user(of request: RouteRequest) throws(Problem) -> UserID {
        guard let user = request.principal.user?.id else { throw Problem.forbidden }
        return user
    }

    private func users(of query: Query) throws(Problem) -> [UserID] {
        guard let text = query["userIds"], !text.isEmpty else {
            throw Problem(
                .missingField, "A query parameter is missing",
                details: [FieldError(field: "userIds", message: "userIds is missing")])
        }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let users = parts.compactMap { UniqueID($0).map(UserID.init) }
        guard users.count == parts.count, users.count <= PresenceRoutes.mostUsers else {
            let rule = "userIds must be 1 to \(PresenceRoutes.mostUsers) ids with commas"
            throw Problem(
                .validationError, "Validation failed", details: [FieldError(field: "userIds", message: rule)])
        }
        var seen: Set<UserID> = []
        return users.filter { seen.insert($0).inserted }
    }

    private func reading<Value>(_ body: () throws(Refusal) -> Value) throws(Problem) -> Value {
        do throws(Refusal) {
            return try body()
        } catch {
            throw Problem(error)
        }
    }

    private func asking<Value: Sendable>(
        _ request: RouteRequest, _ body: () async throws(PostgresError) -> Value
    ) async throws(Problem) -> Value {
        do throws(PostgresError) {
            return try await body()
        } catch {
            request.logger.warning("presence could not be asked for", ["error": .string(error.debugDescription)])
            throw Problem(.serviceUnavailable, "Database temporarily unavailable", retryAfter: 1)
        }
    }

    // MARK: Answers

    private static func settings(_ showsLastSeen: Bool) -> HTTPResponse {
        .json(JSONWriter.bytes { json in json.object { $0.member("showLastSeen", showsLastSeen) } })
    }

    private static let settingsSchema = Schema.object([
        .required("showLastSeen", .boolean, "Whether others are told when you were last here; true at first")
    ])

    private static let presenceSchema = Schema.object([
        .required("userId", .uuid),
        .required("status", .string(values: ["online", "away", "busy", "offline"])),
        .optional("note", .string(length: 0...140)),
        .optional("lastSeenAt", .timestamp, "To the minute; left out if they do not show it"),
    ])
}
