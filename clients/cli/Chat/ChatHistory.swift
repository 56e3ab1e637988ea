import Wire

/// Messages of a conversation over REST. Blocks its thread.
enum ChatHistory {
    /// The most messages in one answer.
    private static let page = 200

    /// The newest `count` messages before `before`, in order.
    static func load(
        _ conversation: String, before: Int64, count: Int, _ api: PersonAPI
    ) throws(CommandFailure) -> [PostedMessage] {
        var messages: [PostedMessage] = []
        var before = before
        while messages.count < count, before > 1 {
            let wanted = min(page, count - messages.count)
            let path = "/api/v1/conversations/\(conversation)/messages?before=\(before)&limit=\(wanted)"
            let found = try read(path, api).filter { $0.seq < before }
            guard let oldest = found.map(\.seq).min() else { break }
            messages += found
            before = oldest
        }
        return messages.sorted { $0.seq < $1.seq }
    }

    /// All messages that were changed after the change `since`, as they are now.
    static func changes(
        _ conversation: String, since: Int64, _ api: PersonAPI
    ) throws(CommandFailure) -> [PostedMessage] {
        var messages: [PostedMessage] = []
        var since = since
        while true {
            let path = "/api/v1/conversations/\(conversation)/messages?changedSince=\(since)&limit=\(page)"
            let found = try read(path, api)
            messages += found
            guard let newest = found.compactMap(\.change).max(), newest > since, found.count == page else { break }
            since = newest
        }
        return messages
    }

    private static func read(_ path: String, _ api: PersonAPI) throws(CommandFailure) -> [PostedMessage] {
        (try api.call(.get, path)["messages"]?.array ?? []).compactMap { PostedMessage($0) }
    }
}
