internal import FeatureKit
internal import Wire

/// What requests and answers about people and groups look like, for the published document.
enum PeopleSchemas {
    static let groupID = Schema.string(length: 2...50, pattern: "^[A-Za-z0-9_-]+$")
    static let groupName = Schema.string(length: 1...100)
    static let role = Schema.string(values: ["owner", "admin", "member"])
    static let givenRole = Schema.string(values: ["admin", "member"])
    static let code = Schema.string(length: 12...24)

    static func define(in registry: Registry) {
        let group: [Schema.Member] = [
            .required("id", groupID), .required("name", groupName), .required("role", role, "Of who asks"),
            .required("memberCount", .integer(minimum: 1), "People"), .required("createdAt", .timestamp),
        ]
        registry.define("Group", .object(group))
        registry.define(
            "GroupList",
            .object([
                .required("groups", .array(of: .reference("Group"))), .required("nextCursor", .nullable(.string())),
            ]))
        registry.define("Person", .object(person))
        registry.define(
            "GroupWithMembers",
            .object(
                group + [
                    .required(
                        "members",
                        .array(
                            of: .object([
                                .required("userId", .uuid), .required("username", .string()),
                                .required("displayName", .string()), .required("role", role),
                                .required("joinedAt", .timestamp),
                                .required("devices", .array(of: .uuid), "Active ones in this group"),
                            ])))
                ]))
        registry.define(
            "Invitation",
            .object([
                .required("id", .uuid),
                .optional("code", code, "Not of one that was sent to a person"),
                .optional("link", .string(format: "uri"), "While server.public_url says where the hub is"),
                .optional("username", .string(), "To whom it was sent"), .required("role", givenRole),
                .required("maxUses", .integer(minimum: 1, maximum: 100)), .required("uses", .integer(minimum: 0)),
                .required("createdAt", .timestamp), .required("expiresAt", .timestamp),
            ]))
        registry.define(
            "InvitationList",
            .object([
                .required("invitations", .array(of: .reference("Invitation"))),
                .required("nextCursor", .nullable(.string())),
            ]))
        registry.define(
            "ReceivedInvitation",
            .object([
                .required("id", .uuid), .required("code", code), .required("groupName", groupName),
                .required("memberCount", .integer(minimum: 0)),
                .required("invitedBy", .object([.required("displayName", .string())])), .required("role", givenRole),
                .required("createdAt", .timestamp), .required("expiresAt", .timestamp),
            ]))
        registry.define(
            "ReceivedInvitationList",
            .object([
                .required("invitations", .array(of: .reference("ReceivedInvitation"))),
                .required("nextCursor", .nullable(.string())),
            ]))
        registry.define(
            "BlockList",
            .object([
                .required(
                    "blocks",
                    .array(
                        of: .object([
                            .required("userId", .uuid), .required("username", .string()),
                            .required("displayName", .string()), .required("blockedAt", .timestamp),
                        ]))), .required("nextCursor", .nullable(.string())),
            ]))
    }

    private static let person: [Schema.Member] = [
        .required("id", .uuid), .required("username", .string()), .required("displayName", .string()),
    ]
}
