internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension AchievementsFeature {
    private static let adminPolicies = ["admin"]
    private static let codes = Schema.string(length: 1...64, pattern: "^[a-z0-9_]{1,64}$")

    func addCatalogueRoutes(to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/admin/achievements", operationID: "listAchievementCatalogue",
                summary: "List achievements, hidden ones too",
                tag: AchievementsFeature.tag, callers: .admin, ratePolicies: AchievementsFeature.adminPolicies,
                responses: [RouteResponse(.ok, "All achievements", .reference("AchievementCatalogue"))],
                errors: [.serviceUnavailable], handler: .later { try await catalogue($0) }))
        registry.add(
            Route(
                .put, "/api/v1/admin/achievements/{code}", operationID: "putAchievement",
                summary: "Add an achievement, or change one",
                description: """
                    Who has it keeps it, whatever it asks for from now on. Who has reached it already unlocks it with \
                    their next change.
                    """,
                tag: AchievementsFeature.tag, callers: .admin, ratePolicies: AchievementsFeature.adminPolicies,
                parameters: [.path("code", AchievementsFeature.codes, "Stable; what clients call it")],
                content: RequestContent(.reference("AchievementDraft"), example: AchievementSchemas.draftExample),
                responses: [RouteResponse(.noContent, "It is as given")], errors: [.serviceUnavailable],
                handler: .later { try await put($0) }))
    }

    private func catalogue(_ request: RouteRequest) async throws -> HTTPResponse {
        let entries = try await request.askingAchievements { () throws(PostgresError) in try await store.catalogue() }
        core.audit.note(request, .done)
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("achievements", of: entries) { json, entry in
                        json.object { json in
                            json.member("code", entry.code)
                            json.member("area", entry.area)
                            json.member("position", Int(entry.position))
                            json.member("name", entry.name)
                            json.member("description", entry.description)
                            json.name("criteriaJson")
                            json.encoded(Array(entry.criteriaJSON.utf8))
                            if let reason = engine.reasonToHide(entry.criteriaJSON) {
                                json.member("hidden", "\(reason)")
                            } else {
                                json.null("hidden")
                            }
                        }
                    }
                    json.null("nextCursor")
                }
            })
    }

    private func put(_ request: RouteRequest) async throws -> HTTPResponse {
        let code = request.parameter("code")
        var body = try BodyReader(request)
        if code.wholeMatch(of: /[a-z0-9_]{1,64}/) == nil {
            body.complain("code", "must be 1 to 64 lower-case letters, digits and underscores")
        }
        let area = body.line("area", 1...32, required: true)
        if let area, area.wholeMatch(of: /[a-z]{1,32}/) == nil { body.complain("area", "must be lower-case letters") }
        let position = body.integer("position", 0...1_000_000, required: true)
        let name = body.line("name", 1...100, required: true)
        let description = body.line("description", 1...500, required: true)
        let criteria = criteria(of: request, &body)
        try body.finish()
        guard let area, let position, let name, let description, let criteria,
            let note = request.auditEntry(.done, at: services.clock.now, target: code)
        else { throw Problem.internal }
        let entry = CatalogueEntry(
            code: code, area: area, position: Int32(position), name: name, description: description,
            criteriaJSON: criteria)
        try await request.asking { () throws(DeviceStoreError) in try await core.audit.write(note) }
        try await request.askingAchievements { () throws(PostgresError) in try await store.put(entry) }
        return HTTPResponse(.noContent)
    }

    /// The member as text; what this hub would hide is refused.
    private func criteria(of request: RouteRequest, _ body: inout BodyReader) -> String? {
        guard body.has("criteriaJson"), let value = try? JSONValue(request.body), let member = value["criteriaJson"]
        else {
            body.complain("criteriaJson", "is required")
            return nil
        }
        let text = String(decoding: JSONWriter.bytes { $0.value(member) }, as: UTF8.self)
        if let reason = engine.reasonToHide(text) { body.complain("criteriaJson", sentence: "criteriaJson: \(reason)") }
        return text
    }
}

extension RouteRequest {
    /// Asks the store, and answers what it could not do as a problem.
    func askingAchievements<Value: Sendable>(
        _ body: () async throws(PostgresError) -> Value
    ) async throws(Problem) -> Value {
        try await asking { () throws(DeviceStoreError) in
            do throws(PostgresError) {
                return try await body()
            } catch {
                throw DeviceStoreError(error)
            }
        }
    }
}
