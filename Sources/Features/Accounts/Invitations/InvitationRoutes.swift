internal import Configuration
internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Telemetry
internal import Wire

extension AccountsFeature {
    func addInvitationRoutes(to registry: Registry) {
        let path = RouteParameter.path("groupId", PeopleSchemas.groupID, "The group")
        registry.add(
            Route(
                .post, "/api/v1/groups/{groupId}/invitations", operationID: "createInvitation",
                summary: "Invite into a group",
                description: """
                    By a code and a link for whoever has them, or, with `username`, a person, who alone can follow it and \
                    finds it in their list. The owner and admins may; only the owner invites admins. The answer is the same \
                    whether or not somebody has that name. An invitation holds no longer than its maker may invite.
                    """, tag: AccountsFeature.groupsTag, callers: .user, parameters: [path],
                content: RequestContent(
                    .object([
                        .optional(
                            "expiresIn",
                            .nullable(
                                .integer(
                                    minimum: peopleLimits.lifetimes.lowerBound,
                                    maximum: peopleLimits.lifetimes.upperBound)), "Seconds; 7 days if not given"),
                        .optional("maxUses", .nullable(.integer(minimum: 1, maximum: 100)), "1 if not given"),
                        .optional("role", .nullable(PeopleSchemas.givenRole), "member if not given"),
                        .optional("username", .nullable(.string(length: 3...30))),
                    ]), required: false),
                responses: [RouteResponse(.created, "The invitation", .reference("Invitation"))],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await invite($0) }))
        registry.add(
            Route(
                .get, "/api/v1/groups/{groupId}/invitations", operationID: "listInvitations",
                summary: "List a group's open invitations",
                description: "The newest first. The owner and admins may.", tag: AccountsFeature.groupsTag,
                callers: .user, parameters: [path],
                responses: [RouteResponse(.ok, "The invitations", .reference("InvitationList"))],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await listInvitations($0) }))
        registry.add(
            Route(
                .delete, "/api/v1/groups/{groupId}/invitations/{invitationId}", operationID: "revokeInvitation",
                summary: "Revoke an invitation", description: "The owner and admins may.",
                tag: AccountsFeature.groupsTag, callers: .user,
                parameters: [path, .path("invitationId", .uuid, "The invitation")],
                responses: [RouteResponse(.noContent, "It lets nobody in")], errors: [.notFound, .serviceUnavailable],
                handler: .later { try await revokeInvitation($0) }))
    }

    private func invite(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, group) = (try caller(of: request), try groupID(of: request))
        var body = try BodyReader(request, emptyIsObject: true)
        let lifetime = body.integer("expiresIn", peopleLimits.lifetimes) ?? peopleLimits.lifetime
        let invitee = body.text("username").flatMap { text in
            let name = Username(text)
            if name == nil { body.complain("username", Username.rule) }
            return name
        }
        let uses = body.integer("maxUses", peopleLimits.uses) ?? 1
        let role = body.choice("role", of: [GroupRole.admin, .member]) ?? .member
        if invitee != nil, uses != 1 { body.complain("maxUses", "must be 1 of an invitation to a person") }
        try body.finish()
        let now = services.clock.now
        let invitation = Invitation(
            id: .version7(at: now), group: group, code: .random(), role: role, invitee: invitee?.text, useLimit: uses,
            uses: 0, createdAt: now, expiresAt: now.advanced(by: .seconds(lifetime)))
        let result = try await request.asking { () throws(DeviceStoreError) in
            try await invitations.invite(
                invitation, key: invitee?.key, by: user, limit: peopleLimits.invitations)
        }
        switch result {
        case .success(let notified):
            if let notified { services.people.publish(.invited(notified, to: group, by: user)) }
            // As long for a name that nobody has.
            if invitee != nil { await tellOfInvitation(notified ?? UserID(.version7(at: now)), by: user, for: request) }
        case .failure(let refusal): throw Problem(refusal, peopleLimits)
        }
        return .json(JSONWriter.bytes { write(invitation, to: &$0) }, status: .created)
    }

    /// That nobody could be told is no reason to say that nobody was invited: it is in their list.
    private func tellOfInvitation(_ invitee: UserID, by user: UserID, for request: RouteRequest) async {
        do throws(PostgresError) {
            try await services.notifications.enqueue([Notice(to: invitee, .invitation, from: user)])
        } catch {
            request.logger.warning("nobody is told of an invitation", ["reason": .string(error.description)])
        }
    }

    private func listInvitations(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, group) = (try caller(of: request), try groupID(of: request))
        let result = try await request.asking { () throws(DeviceStoreError) in
            try await invitations.invitations(of: group, for: user, at: services.clock.now)
        }
        switch result {
        case .success(let found):
            return .json(
                JSONWriter.bytes { json in
                    json.object { json in
                        json.array("invitations", of: found) { write($1, to: &$0) }
                        // As many as may be open fit a page.
                        json.null("nextCursor")
                    }
                })
        case .failure(let refusal): throw Problem(refusal, peopleLimits)
        }
    }

    private func revokeInvitation(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, group) = (try caller(of: request), try groupID(of: request))
        guard let id = UniqueID(request.parameter("invitationId")) else { throw Problem.notFound }
        let refusal = try await request.asking { () throws(DeviceStoreError) in
            try await invitations.revoke(id, of: group, by: user)
        }
        if let refusal { throw Problem(refusal, peopleLimits) }
        return HTTPResponse(.noContent)
    }

    /// As those who may invite see it. What was sent to a person has no code here: whoever made it could not tell otherwise
    /// whether there is such a person, and the code is theirs alone.
    private func write(_ invitation: Invitation, to json: inout JSONWriter) {
        json.object { json in
            json.member("id", invitation.id)
            if let invitee = invitation.invitee {
                json.member("username", invitee)
            } else {
                json.member("code", invitation.code.grouped)
                json.member("link", link(to: invitation.code))
            }
            json.member("role", invitation.role.rawValue)
            json.member("maxUses", invitation.useLimit)
            json.member("uses", invitation.uses)
            json.member("createdAt", invitation.createdAt)
            json.member("expiresAt", invitation.expiresAt)
        }
    }

    /// Where a browser or an app follows an invitation; nothing while nobody has said where the hub is.
    private func link(to code: InvitationCode) -> String? {
        let url = services.configuration.server.publicURL
        guard !url.isEmpty else { return nil }
        return "\(url)/join/\(code.grouped)"
    }
}
