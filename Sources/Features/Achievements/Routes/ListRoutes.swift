internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension AchievementsFeature {
    func addListRoutes(to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/achievements", operationID: "listAchievements",
                summary: "What there is to reach, and how far you are",
                description: """
                    In a fixed order, by area. What is reached is unlocked with what reaches it, and stays unlocked \
                    though what it was reached by is removed; what is reached without a discovery, such as another day, is \
                    unlocked here at the latest. Open streams are told of it by an `achievement` message.
                    """,
                tag: AchievementsFeature.tag, callers: .user,
                responses: [RouteResponse(.ok, "All achievements", .reference("AchievementList"))],
                errors: [.serviceUnavailable],
                handler: .later { request in
                    try await list(request) { user throws(PostgresError) in try await engine.brought(upToDate: user) }
                }))
        registry.add(
            Route(
                .get, "/api/v1/achievements/unlocked", operationID: "listUnlockedAchievements",
                summary: "What you have reached",
                tag: AchievementsFeature.tag, callers: .user,
                responses: [RouteResponse(.ok, "The unlocked ones, in the same order", .reference("AchievementList"))],
                errors: [.serviceUnavailable],
                handler: .later { request in
                    try await list(request) { user throws(PostgresError) in try await engine.unlocked(by: user) }
                }))
    }

    private func list(
        _ request: RouteRequest, _ read: (UserID) async throws(PostgresError) -> [AchievementStanding]
    ) async throws -> HTTPResponse {
        guard let user = request.principal.user else { throw Problem.unauthorized(for: .user) }
        let standings = try await request.askingAchievements { () throws(PostgresError) in try await read(user.id) }
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("achievements", of: standings) { json, standing in json.value(standing) }
                    json.null("nextCursor")
                }
            })
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ standing: AchievementStanding) {
        let achievement = standing.achievement
        object { json in
            json.member("code", achievement.code)
            json.member("area", achievement.area)
            json.member("name", achievement.name)
            json.member("description", achievement.description)
            json.name("criteriaJson")
            json.encoded(Array(achievement.criteriaJSON.utf8))
            json.member("unlocked", achievement.unlockedAt != nil)
            if achievement.unlockedAt == nil { json.null("unlockedAt") }
            json.member("unlockedAt", achievement.unlockedAt)
            guard let progress = standing.progress else { return json.null("progress") }
            json.object("progress") {
                $0.member("value", progress.value)
                $0.member("threshold", progress.goal)
                $0.member("percent", achievement.unlockedAt != nil ? 100 : progress.percent)
            }
        }
    }
}
