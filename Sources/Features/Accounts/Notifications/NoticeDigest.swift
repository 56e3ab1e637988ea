internal import FeatureKit
internal import Jobs
internal import Model
internal import Wire

/// What one person is told at once: how many of what, and who the first few came from.
struct NoticeDigest: Hashable, Sendable {
    /// By kind.
    var counts: [Notice.Kind: Int] = [:]
    var conversations = 0
    /// Three at most, in the order of the newest.
    var senders: [UserID] = []

    /// - Parameter notices: Each with how many it stands for; the newest first.
    init(_ notices: [(notice: Notice, count: Int)]) {
        for (notice, count) in notices {
            counts[notice.kind, default: 0] += count
            if let sender = notice.sender, senders.count < 3, !senders.contains(sender) { senders.append(sender) }
        }
        conversations = Set(notices.compactMap(\.notice.conversation)).count
    }

    private init(counts: [Notice.Kind: Int], conversations: Int, senders: [UserID]) {
        self.counts = counts
        self.conversations = conversations
        self.senders = senders
    }

    /// `3 new messages from Ada and Bob in 2 conversations, 1 invitation`.
    ///
    /// - Parameter names: Of the senders who still are somebody, in their order.
    func summary(names: [String]) -> String {
        func amount(_ count: Int, _ one: String) -> String { "\(count) \(one)\(count == 1 ? "" : "s")" }
        let messages = (counts[.directMessage] ?? 0) + (counts[.groupMessage] ?? 0) + (counts[.mention] ?? 0)
        var parts: [String] = []
        if messages > 0 {
            var part = amount(messages, "new message")
            if !names.isEmpty { part += " from " + NoticeDigest.list(names) }
            if conversations > 1 { part += " in \(conversations) conversations" }
            parts.append(part)
        }
        if let invitations = counts[.invitation], invitations > 0 {
            var part = amount(invitations, "invitation")
            if messages == 0, !names.isEmpty { part += " from " + NoticeDigest.list(names) }
            parts.append(part)
        }
        return parts.joined(separator: ", ")
    }

    private static func list(_ names: [String]) -> String {
        guard names.count > 1, let last = names.last else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }

    // MARK: In a job

    func write(to json: inout JSONWriter) {
        json.object("counts") {
            for kind in Notice.Kind.allCases {
                guard let count = counts[kind] else { continue }
                $0.name(kind.rawValue)
                $0.value(count)
            }
        }
        json.member("conversations", conversations)
        json.array("senders", of: senders) { $0.value($1.rawValue) }
    }

    init?(_ json: JSONValue) {
        guard case .object(let members)? = json["counts"], let conversations = json["conversations"]?.integer,
            let senders = json["senders"]?.array
        else { return nil }
        var counts: [Notice.Kind: Int] = [:]
        for member in members {
            guard let kind = Notice.Kind(rawValue: member.name), let count = member.value.integer else { return nil }
            counts[kind] = Int(count)
        }
        self.init(
            counts: counts, conversations: Int(conversations),
            senders: senders.compactMap { $0.string.flatMap { UniqueID($0) }.map { UserID($0) } })
    }
}
