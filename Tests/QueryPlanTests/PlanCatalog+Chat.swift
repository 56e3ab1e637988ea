@testable import Chat
@testable import Persistence

extension PlanCatalog {
    /// In a thousand conversations, the one numbered 1 among them.
    private static let busy = person(1)
    /// The one after, who is in one.
    private static let other = person(7)
    private static let conversation = "'00000000-0000-7000-b000-000000000001'::uuid"
    private static let future = "'infinity'::timestamptz"
    private static let last = "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid"

    private static func person(_ number: Int) -> String { "'00000000-0000-4000-9000-\(hex(number))'::uuid" }
    private static func array(_ value: String, _ count: Int = 50) -> String { "array_fill(\(value), ARRAY[\(count)])" }

    static let chat: [PlanCase] = [
        PlanCase(ConversationStatements.load, [conversation], within: 20),
        PlanCase(ConversationStatements.blocks, [conversation], within: 20),
        PlanCase(
            ConversationStatements.append,
            [
                array(conversation), array(busy),
                "ARRAY[\(repeatElement("gen_random_uuid()", count: 50).joined(separator: ", "))]",
                array("'text'::text"),
                array("1::bigint"), array("NULL::text"), "now()",
            ]),
        PlanCase(ConversationStatements.mark, [array(conversation), array(busy), array("100::bigint")], within: 20),
        PlanCase(ConversationStatements.unread, [busy], within: 1000),
        PlanCase(
            ConversationStatements.noticesWanted, [busy, array(conversation), array("100::bigint"), "now()"], within: 50
        ),
        PlanCase(ConversationStatements.ofGroup, [group], within: 20),
        PlanCase(MessageStatements.stored, [conversation, "10", "1000", "101"], within: 50),
        PlanCase(MessageStatements.since, [conversation, busy, "10", "201"], within: 50),
        PlanCase(MessageStatements.before, [conversation, busy, "9223372036854775807", "201"], within: 50),
        PlanCase(MessageStatements.changedSince, [conversation, busy, "0", "201"], within: 50),
        PlanCase(MessageStatements.one, [conversation, busy, "10"], within: 20),
        // One word that is rare and several that every message holds, in a thousand conversations.
        PlanCase(MessageStatements.search, [busy, "'199'", future, last, "9223372036854775807", "101"], within: 500),
        PlanCase(
            MessageStatements.search, [other, "'common things'", future, last, "9223372036854775807", "101"],
            within: 200),
        PlanCase(RequestStatements.list, [busy, future, last, "101"], within: 200),
        PlanCase(RequestStatements.one, [busy, conversation], within: 20),
        PlanCase(RequestStatements.members, [busy, array(conversation, 1)], within: 20),
        PlanCase(RequestStatements.openDirect, [busy, other, "gen_random_uuid()", "now()"], within: 20),
        PlanCase(
            RequestStatements.createGroup,
            ["gen_random_uuid()", busy, "'Group'", "ARRAY[\(other)]", "now()"], within: 20),
        PlanCase(
            RequestStatements.addMembers, [conversation, busy, "ARRAY[\(person(50_000))]", "100", "now()"], within: 20),
        PlanCase(RequestStatements.removeMember, [conversation, busy, other], within: 20),
        PlanCase(RequestStatements.leave, [conversation, busy, "now()"], within: 20),
        PlanCase(RequestStatements.rename, [conversation, busy, "'Other'"], within: 20),
        PlanCase(RequestStatements.forget, [conversation, busy], within: 20),
        PlanCase(RequestStatements.mute, [conversation, busy, "now()"], within: 20),
        PlanCase(
            RequestStatements.edit,
            [conversation, person(2 + 5 + 1 + 1), "1", "'new'", "now()", "1000000"], within: 20),
        PlanCase(
            RequestStatements.delete, [conversation, person(2 + 5 + 1 + 1), "1", "now()", "1000000"], within: 20),
        PlanCase(RequestStatements.react, [conversation, busy, "1", "'👍'", "true", "10", "now()"], within: 20),
        PlanCase(ErasureStatements.withdraw, [busy, "100"], within: 500),
        PlanCase(ErasureStatements.erasePerson, [person(2 + 5 + 1 + 1), "1000"], within: 1000),
        PlanCase(ErasureStatements.eraseConversation, [conversation, "1000"], within: 50),
    ]
}
