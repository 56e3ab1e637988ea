internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension AccountsFeature {
    private static let notFoundNote = "A group that the caller is no member of is 404, whether or not there is one."

    func addGroupRoutes(to registry: Registry) {
        let path = RouteParameter.path("groupId", PeopleSchemas.groupID, "The group")
        registry.add(
            Route(
                .post, "/api/v1/groups", operationID: "createGroup", summary: "Make a group",
                description: """
                    Its owner is who makes it. Without an `id` the hub chooses one. Somebody may be in at most \
                    \(peopleLimits.memberships) groups.
                    """, tag: AccountsFeature.groupsTag, callers: .user,
                content: RequestContent(
                    .object([
                        .required("name", PeopleSchemas.groupName), .optional("id", .nullable(PeopleSchemas.groupID)),
                    ])),
                responses: [RouteResponse(.created, "The group", .reference("Group"))],
                errors: [.conflict, .serviceUnavailable], handler: .later { try await makeGroup($0) }))
        registry.add(
            Route(
                .get, "/api/v1/groups", operationID: "listGroups", summary: "List the groups one is in",
                description: "By when one joined.", tag: AccountsFeature.groupsTag, callers: .user,
                responses: [RouteResponse(.ok, "The groups", .reference("GroupList"))],
                errors: [.serviceUnavailable], handler: .later { try await listGroups($0) }))
        registry.add(
            Route(
                .get, "/api/v1/groups/{groupId}", operationID: "getGroup", summary: "A group and who is in it",
                description: AccountsFeature.notFoundNote, tag: AccountsFeature.groupsTag, callers: .user,
                parameters: [path],
                responses: [RouteResponse(.ok, "The group", .reference("GroupWithMembers"))],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await getGroup($0) }))
        registry.add(
            Route(
                .patch, "/api/v1/groups/{groupId}", operationID: "renameGroup", summary: "Give a group another name",
                description: "The owner and admins may.", tag: AccountsFeature.groupsTag, callers: .user,
                parameters: [path],
                content: RequestContent(.object([.required("name", PeopleSchemas.groupName)])),
                responses: [RouteResponse(.ok, "The group", .reference("Group"))],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await renameGroup($0) }))
        registry.add(
            Route(
                .delete, "/api/v1/groups/{groupId}", operationID: "dissolveGroup", summary: "Dissolve a group",
                description: """
                    The owner may. Nobody is in it any more, and all devices of people in it are deactivated. Devices of \
                    nobody's, which an API key registered, stay.
                    """, tag: AccountsFeature.groupsTag, callers: .user, parameters: [path],
                responses: [RouteResponse(.noContent, "It is dissolved")], errors: [.notFound, .serviceUnavailable],
                handler: .later { try await dissolveGroup($0) }))
    }

    private func makeGroup(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try caller(of: request)
        var body = try BodyReader(request)
        let name = body.groupName(limits: peopleLimits)
        let now = services.clock.now
        let id = body.text("id").flatMap { text in
            let id = GroupID(text)
            if id == nil { body.complain("id", "must be 2 to 50 letters, digits, hyphens or underscores") }
            return id
        }
        try body.finish()
        guard let name, let id = id ?? GroupID(UniqueID.version7(at: now).description) else { throw Problem.internal }
        let refusal = try await request.asking { () throws(DeviceStoreError) in
            try await groups.make(
                id, named: name.text, by: user, membershipLimit: peopleLimits.memberships, at: now)
        }
        if let refusal { throw Problem(refusal, peopleLimits) }
        services.people.publish(.joined(id, user))
        let group = PeopleGroup(id: id, name: name.text, role: .owner, memberCount: 1, createdAt: now)
        return AccountsFeature.answer(group, status: .created)
    }

    private func listGroups(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try caller(of: request)
        let found = try await request.asking { () throws(DeviceStoreError) in try await groups.groups(of: user) }
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("groups", of: found) { json, group in json.object { $0.members(of: group) } }
                    // As many as somebody may be in fit a page.
                    json.null("nextCursor")
                }
            })
    }

    private func getGroup(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try caller(of: request), try groupID(of: request))
        return try await withMembers(id, for: user, request)
    }

    /// A group and its members, as the answer to a member.
    func withMembers(_ id: GroupID, for user: UserID, _ request: RouteRequest) async throws(Problem) -> HTTPResponse {
        let (group, members) = try await request.asking { () throws(DeviceStoreError) in
            (try await groups.group(id, of: user), try await groups.members(of: id, for: user))
        }
        // Nobody, if the caller has left between the two.
        guard let group, !members.isEmpty else { throw .notFound }
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.members(of: group)
                    json.array("members", of: members) { $0.value($1) }
                }
            })
    }

    private func renameGroup(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try caller(of: request), try groupID(of: request))
        var body = try BodyReader(request)
        let name = body.groupName(limits: peopleLimits)
        try body.finish()
        guard let name else { throw Problem.internal }
        let refusal = try await request.asking { () throws(DeviceStoreError) in
            try await groups.rename(id, to: name.text, by: user)
        }
        if let refusal { throw Problem(refusal, peopleLimits) }
        services.people.publish(.groupChanged(id))
        return try await answer(id, for: user, request)
    }

    private func dissolveGroup(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try caller(of: request), try groupID(of: request))
        let now = services.clock.now
        let result = try await request.asking { () throws(DeviceStoreError) in
            try await groups.dissolve(id, by: user, at: now)
        }
        switch result {
        case .success(let departure):
            await core.sessions.endWatches(of: id, by: nil)
            services.people.publish(.groupDissolved(id))
            leave(departure.devices)
        case .failure(let refusal): throw Problem(refusal, peopleLimits)
        }
        return HTTPResponse(.noContent)
    }

    /// A group without its members, as the answer to a member.
    func answer(_ id: GroupID, for user: UserID, _ request: RouteRequest) async throws(Problem) -> HTTPResponse {
        let group = try await request.asking { () throws(DeviceStoreError) in try await groups.group(id, of: user) }
        guard let group else { throw .notFound }
        return AccountsFeature.answer(group)
    }

    private static func answer(_ group: PeopleGroup, status: HTTPStatus = .ok) -> HTTPResponse {
        .json(JSONWriter.bytes { json in json.object { $0.members(of: group) } }, status: status)
    }

    /// Brings committed deactivations into what is live: the others see the devices leave, and their sessions end.
    func leave(_ devices: [Device]) {
        for device in devices { core.live.deactivated(device, at: device.updatedAt) }
    }
}

extension BodyReader {
    /// `name`, which is required.
    mutating func groupName(limits: PeopleLimits) -> GroupName? {
        guard let text = text("name", required: true) else { return nil }
        let name = GroupName(text, lengths: limits.groupName)
        if name == nil { complain("name", GroupName.rule) }
        return name
    }
}
