internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension AccountsFeature {
    func addUserRoutes(to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/users", operationID: "findUser", summary: "Find somebody by their user name",
                description: """
                    The whole name, in whatever case. Whoever blocks the caller is not found, unless they share a group or a \
                    conversation: then the caller would see by it that they are blocked.
                    """, tag: AccountsFeature.peopleTag, callers: .user,
                parameters: [.query("username", .string(length: 3...30), required: true, "The name")],
                responses: [RouteResponse(.ok, "The person", .reference("Person"))],
                errors: [.notFound, .missingField, .serviceUnavailable], handler: .later { try await findUser($0) }))
        registry.add(
            Route(
                .get, "/api/v1/users/{userId}", operationID: "getUser",
                summary: "Somebody whom one shares a group or a conversation with",
                description: "Anybody else is 404, whether or not there is such a user.",
                tag: AccountsFeature.peopleTag, callers: .user, parameters: [.path("userId", .uuid, "The user")],
                responses: [RouteResponse(.ok, "The person", .reference("Person"))],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await getUser($0) }))
    }

    private func findUser(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try caller(of: request)
        guard let name = request.query["username"], !name.isEmpty else {
            let detail = FieldError(field: "username", message: "username is missing")
            throw Problem(.missingField, "The query parameter username is missing", details: [detail])
        }
        guard let name = Username(name) else { throw Problem.notFound }
        let person = try await request.asking { () throws(DeviceStoreError) -> Person? in
            guard let found = try await people.person(named: name.key, seenBy: user) else { return nil }
            guard found.isHidden else { return found.person }
            return try await services.acquaintances.know(user, found.person.id) ? found.person : nil
        }
        guard let person else { throw Problem.notFound }
        return AccountsFeature.answer(person)
    }

    private func getUser(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try caller(of: request), try userID(of: request))
        let person = try await request.asking { () throws(DeviceStoreError) -> Person? in
            guard let found = try await people.person(id, seenBy: user) else { return nil }
            if found.sharesGroup { return found.person }
            return try await services.acquaintances.know(user, id) ? found.person : nil
        }
        guard let person else { throw Problem.notFound }
        return AccountsFeature.answer(person)
    }

    private static func answer(_ person: Person) -> HTTPResponse {
        .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.member("id", person.id.rawValue)
                    json.member("username", person.username)
                    json.member("displayName", person.displayName)
                }
            })
    }
}
