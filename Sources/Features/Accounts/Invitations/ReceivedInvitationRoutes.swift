internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension AccountsFeature {
    private static let codeNote = """
        In whatever case, with or without hyphens. A code that is unknown, revoked, expired, used up or another person's is \
        404. How many codes somebody may try is limited (`invitation`).
        """

    func addReceivedInvitationRoutes(to registry: Registry) {
        let path = RouteParameter.path("code", PeopleSchemas.code, "The code")
        registry.add(
            Route(
                .get, "/api/v1/invitations", operationID: "listReceivedInvitations",
                summary: "List the invitations that were sent to one",
                description: "The newest first; not those of people whom one blocks.",
                tag: AccountsFeature.groupsTag, callers: .user, parameters: [.limit, .cursor],
                responses: [RouteResponse(.ok, "The invitations", .reference("ReceivedInvitationList"))],
                errors: [.validationError, .serviceUnavailable], handler: .later { try await listReceived($0) }))
        registry.add(
            Route(
                .get, "/api/v1/invitations/{code}", operationID: "getInvitation", summary: "What a code leads to",
                description: AccountsFeature.codeNote, tag: AccountsFeature.groupsTag, callers: .user,
                ratePolicies: AccountsFeature.invitationPolicies, parameters: [path],
                responses: [RouteResponse(.ok, "The invitation", .reference("ReceivedInvitation"))],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await lookAt($0) }))
        registry.add(
            Route(
                .post, "/api/v1/invitations/{code}/join", operationID: "joinGroup", summary: "Join a group by a code",
                description: AccountsFeature.codeNote
                    + " Who is in the group already is answered the same, and uses nothing up.",
                tag: AccountsFeature.groupsTag, callers: .user, ratePolicies: AccountsFeature.invitationPolicies,
                parameters: [path],
                responses: [RouteResponse(.ok, "The group", .reference("GroupWithMembers"))],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await join($0) }))
        registry.add(
            Route(
                .post, "/api/v1/invitations/{code}/decline", operationID: "declineInvitation",
                summary: "Decline an invitation that was sent to one", tag: AccountsFeature.groupsTag, callers: .user,
                ratePolicies: AccountsFeature.invitationPolicies, parameters: [path],
                responses: [RouteResponse(.noContent, "It is gone")], errors: [.notFound, .serviceUnavailable],
                handler: .later { try await decline($0) }))
    }

    private func listReceived(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try caller(of: request)
        var query = QueryReader(request.query)
        let limit = query.limit()
        let list = "invitations|\(user)"
        let position = query.cursor(count: 2, of: list).map { UniqueID(high: $0[0], low: $0[1]) }
        try query.finish()
        let found = try await request.asking { () throws(DeviceStoreError) in
            try await invitations.received(by: user, at: services.clock.now, before: position, limit: limit + 1)
        }
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("invitations", of: found.prefix(limit)) { AccountsFeature.write($1, to: &$0) }
                    if found.count > limit {
                        let last = found[limit - 1].id
                        json.member("nextCursor", PageCursor.encode([last.high, last.low], of: list))
                    } else {
                        json.null("nextCursor")
                    }
                }
            })
    }

    private func lookAt(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, code) = (try caller(of: request), try AccountsFeature.code(of: request))
        let found = try await request.asking { () throws(DeviceStoreError) in
            try await invitations.invitation(code, for: user, at: services.clock.now)
        }
        guard let found else { throw Problem.notFound }
        return .json(JSONWriter.bytes { AccountsFeature.write(found, to: &$0) })
    }

    private func join(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, code) = (try caller(of: request), try AccountsFeature.code(of: request))
        let result = try await request.asking { () throws(DeviceStoreError) in
            try await invitations.join(code, by: user, limits: peopleLimits, at: services.clock.now)
        }
        switch result {
        case .success(let joining):
            if joining.isNew { services.people.publish(.joined(joining.group, user)) }
            return try await withMembers(joining.group, for: user, request)
        case .failure(.tooMany):
            throw Problem(.conflict, "A user may be in at most \(peopleLimits.memberships) groups")
        case .failure(let refusal): throw Problem(refusal, peopleLimits)
        }
    }

    private func decline(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, code) = (try caller(of: request), try AccountsFeature.code(of: request))
        let wasThere = try await request.asking { () throws(DeviceStoreError) in
            try await invitations.decline(code, by: user)
        }
        guard wasThere else { throw Problem.notFound }
        return HTTPResponse(.noContent)
    }

    private static func code(of request: RouteRequest) throws(Problem) -> InvitationCode {
        guard let code = InvitationCode(request.parameter("code")) else { throw .notFound }
        return code
    }

    private static func write(_ invitation: ReceivedInvitation, to json: inout JSONWriter) {
        json.object { json in
            json.member("id", invitation.id)
            json.member("code", invitation.code.grouped)
            json.member("groupName", invitation.groupName)
            json.member("memberCount", invitation.memberCount)
            json.object("invitedBy") { $0.member("displayName", invitation.inviterName) }
            json.member("role", invitation.role.rawValue)
            json.member("createdAt", invitation.createdAt)
            json.member("expiresAt", invitation.expiresAt)
        }
    }
}
