internal import FeatureKit
internal import Model

/// What these routes take and answer, for the published document.
enum ChatSchemas {
    static let name = Schema.string(length: ConversationLimits.nameLengths)
    static let text = Schema.string(length: MessageText.lengths)

    static func users(from count: Int) -> Schema { .array(of: .uuid, count: count...ConversationLimits.members - 1) }

    static func define(in registry: Registry) {
        registry.define(
            "NewConversation",
            .oneOf([
                .object([.required("kind", .string(values: ["direct"])), .required("userId", .uuid)]),
                .object([
                    .required("kind", .string(values: ["group"])), .required("name", name),
                    .required("userIds", users(from: 0)),
                ]),
            ]))
        registry.define(
            "ConversationMember",
            .object([
                .required("userId", .uuid), .required("username", .string()), .required("displayName", .string()),
                .required("role", .string(values: ["owner", "admin", "member"])), .required("joinedAt", .timestamp),
            ]))
        registry.define("Conversation", conversation)
        registry.define(
            "ConversationPage",
            .object([
                .required("conversations", .array(of: .reference("Conversation"))),
                .required("nextCursor", .nullable(.string()), "For the next page; null if this is the last"),
            ]))
        registry.define("Attachment", attachment)
        registry.define("Message", message)
        registry.define(
            "MessagePage",
            .object([
                .required("messages", .array(of: .reference("Message"))),
                .required("more", .boolean, "There are others, further in the same direction"),
                .required("lastSeq", .integer(minimum: 0), "The number of the newest message"),
                .required("lastChange", .integer(minimum: 0), "The number of the newest change"),
            ]))
        registry.define(
            "NewMessage",
            .object([
                .required("clientId", .uuid, "Chosen by the client: sent twice, stored once"),
                .required("text", text), .optional("replyTo", .integer(minimum: 1), "The number of a message"),
                .optional("attachment", .reference("Attachment")),
            ]))
        registry.define(
            "SentMessage",
            .object([
                .required("conversation", .uuid), .required("seq", .integer(minimum: 1)),
                .required("sentAt", .timestamp),
            ]))
    }

    private static let conversation = Schema.object([
        .required("id", .uuid), .required("kind", .string(values: ["direct", "group", "location"])),
        .optional("name", .string(), "A group conversation's, or a location group's if it has one"),
        .optional("groupId", .string(), "Of a location conversation"), .required("createdAt", .timestamp),
        .required("lastSeq", .integer(minimum: 0), "The number of the newest message the caller sees"),
        .required("lastChange", .integer(minimum: 0), "The number of the newest change"),
        .required("lastMessage", .nullable(.reference("Message"))),
        .required(
            "unreadCount", .integer(minimum: 0, maximum: ConversationLimits.countedUnread),
            "Of others, not deleted; this many or more if it is the greatest"),
        .required("readSeq", .integer(minimum: 0), "How far the caller has read"),
        .required("muted", .boolean), .optional("mutedUntil", .timestamp),
        .optional("leftAt", .timestamp, "The caller has left and sees what was said before"),
        .optional("members", .array(of: .reference("ConversationMember")), "In a list, of direct conversations alone"),
    ])

    private static let attachment = Schema.oneOf([
        .object([
            .required("type", .string(values: ["location"])), .required("latitude", .number(minimum: -90, maximum: 90)),
            .required("longitude", .number(minimum: -180, maximum: 180)),
            .optional("name", .string(length: 1...100)),
        ]),
        .object([
            .required("type", .string(values: ["place"])), .required("placeId", .uuid),
            .optional("name", .string(length: 1...100)),
        ]),
    ])

    private static let message = Schema.object([
        .required("conversation", .uuid), .required("seq", .integer(minimum: 1)), .required("clientId", .uuid),
        .required(
            "from",
            .nullable(.object([.required("userId", .uuid), .required("displayName", .string())])),
            "Null once the account is gone"),
        .required("text", .nullable(.string()), "Null once it was deleted"), .required("sentAt", .timestamp),
        .optional("editedAt", .timestamp), .optional("deletedAt", .timestamp),
        .optional("change", .integer(minimum: 1), "The number of the change that last touched it"),
        .optional("replyTo", .integer(minimum: 1)), .optional("attachment", .reference("Attachment")),
        .optional(
            "reactions",
            .array(
                of: .object([
                    .required("emoji", .string()), .required("userIds", .array(of: .uuid)),
                ]))),
    ])
}
