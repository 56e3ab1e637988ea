internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension AccountsFeature {
    func addMemberRoutes(to registry: Registry) {
        let path = RouteParameter.path("groupId", PeopleSchemas.groupID, "The group")
        let member = RouteParameter.path("userId", .uuid, "The member")
        registry.add(
            Route(
                .post, "/api/v1/groups/{groupId}/leave", operationID: "leaveGroup", summary: "Leave a group",
                description: """
                    One's devices in it are deactivated, and one's streams hear of it no more. An owner hands the group \
                    over first, unless nobody else is in it: then it is dissolved.
                    """, tag: AccountsFeature.groupsTag, callers: .user, parameters: [path],
                responses: [RouteResponse(.noContent, "One has left")],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await leaveGroup($0) }))
        registry.add(
            Route(
                .delete, "/api/v1/groups/{groupId}/members/{userId}", operationID: "removeMember",
                summary: "Remove somebody from a group",
                description: """
                    The owner may remove everybody, an admin members; to remove oneself is to leave. Their devices in it are \
                    deactivated, and their streams hear of it no more.
                    """, tag: AccountsFeature.groupsTag, callers: .user, parameters: [path, member],
                responses: [RouteResponse(.noContent, "They are out")],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await removeMember($0) }))
        registry.add(
            Route(
                .patch, "/api/v1/groups/{groupId}/members/{userId}", operationID: "changeRole",
                summary: "Give a member another role", description: "The owner may.", tag: AccountsFeature.groupsTag,
                callers: .user, parameters: [path, member],
                content: RequestContent(.object([.required("role", PeopleSchemas.givenRole)])),
                responses: [RouteResponse(.noContent, "It is theirs")],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await changeRole($0) }))
        registry.add(
            Route(
                .post, "/api/v1/groups/{groupId}/owner", operationID: "handOverGroup",
                summary: "Hand a group over to another member",
                description: "The owner may, and becomes an admin.", tag: AccountsFeature.groupsTag, callers: .user,
                parameters: [path], content: RequestContent(.object([.required("userId", .uuid)])),
                responses: [RouteResponse(.ok, "The group", .reference("Group"))],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await handOver($0) }))
        registry.add(
            Route(
                .post, "/api/v1/admin/groups/{groupId}/owner", operationID: "appointOwner",
                summary: "Make somebody the owner of a group",
                description: """
                    Of any group, also of one that devices made and that nobody is in. Who was the owner becomes an admin.
                    """, tag: AccountsFeature.groupsTag, callers: .admin, ratePolicies: ["admin"], parameters: [path],
                content: RequestContent(.object([.required("userId", .uuid)])),
                responses: [RouteResponse(.noContent, "It is theirs")],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await appointOwner($0) }))
    }

    private func leaveGroup(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try caller(of: request), try groupID(of: request))
        return try await endMembership(of: user, in: id, by: user, request)
    }

    private func removeMember(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try caller(of: request), try groupID(of: request))
        return try await endMembership(of: try userID(of: request), in: id, by: user, request)
    }

    private func endMembership(
        of leaver: UserID, in id: GroupID, by user: UserID, _ request: RouteRequest
    ) async throws -> HTTPResponse {
        let now = services.clock.now
        let result = try await request.asking { () throws(DeviceStoreError) in
            try await groups.endMembership(of: leaver, in: id, by: user, at: now)
        }
        switch result {
        case .success(let departure):
            // First their streams, and nothing else goes out meanwhile: so the last they hear of the group is its end.
            await core.sessions.endWatches(of: id, by: departure.isDissolved ? nil : leaver)
            services.people.publish(.left(id, leaver))
            if departure.isDissolved { services.people.publish(.groupDissolved(id)) }
            leave(departure.devices)
            return HTTPResponse(.noContent)
        case .failure(let refusal):
            if refusal == .noMember || refusal == .notFound && leaver == user {
                try await leaveAgain(leaver, id, request)
            }
            throw Problem(refusal, peopleLimits)
        }
    }

    /// If a membership was ended and nobody heard of the commit, this is where the live state learns of it.
    private func leaveAgain(_ leaver: UserID, _ id: GroupID, _ request: RouteRequest) async throws(Problem) {
        let devices = try await request.asking { () throws(DeviceStoreError) in try await people.devices(of: leaver) }
        leave(devices.filter { !$0.isActive && $0.group == id })
    }

    private func changeRole(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id, member) = (
            try caller(of: request), try groupID(of: request), try userID(of: request)
        )
        var body = try BodyReader(request)
        let role = body.choice("role", of: [GroupRole.admin, .member], required: true)
        try body.finish()
        guard let role else { throw Problem.internal }
        let refusal = try await request.asking { () throws(DeviceStoreError) in
            try await groups.changeRole(of: member, to: role, in: id, by: user)
        }
        if let refusal { throw Problem(refusal, peopleLimits) }
        services.people.publish(.groupChanged(id))
        return HTTPResponse(.noContent)
    }

    private func handOver(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try caller(of: request), try groupID(of: request))
        let heir = try AccountsFeature.userNamed(in: request)
        let refusal = try await request.asking { () throws(DeviceStoreError) in
            try await groups.handOver(id, to: heir, by: user)
        }
        if let refusal { throw Problem(refusal, peopleLimits) }
        services.people.publish(.groupChanged(id))
        return try await answer(id, for: user, request)
    }

    private func appointOwner(_ request: RouteRequest) async throws -> HTTPResponse {
        let id = try groupID(of: request)
        let user = try AccountsFeature.userNamed(in: request)
        let now = services.clock.now
        guard let note = request.auditEntry(.done, at: now, target: id.rawValue, detail: "user=\(user)") else {
            throw Problem.forbidden
        }
        let result = try await request.asking { () throws(DeviceStoreError) in
            // On record before it is done; what comes of it is in the group.
            try await core.audit.write(note)
            return try await groups.appointOwner(
                user, of: id, memberLimit: peopleLimits.members, membershipLimit: peopleLimits.memberships, at: now)
        }
        switch result {
        case .success(let hasJoined):
            if hasJoined { services.people.publish(.joined(id, user)) }
            services.people.publish(.groupChanged(id))
            return HTTPResponse(.noContent)
        case .failure(let refusal): throw Problem(refusal, peopleLimits)
        }
    }

    /// `userId` of a body, which is all there is to it.
    static func userNamed(in request: RouteRequest) throws(Problem) -> UserID {
        var body = try BodyReader(request)
        let id = body.uniqueID("userId", required: true)
        try body.finish()
        guard let id else { throw .internal }
        return UserID(id)
    }
}
