internal import Model
internal import Wire

/// What of its conversations a session has asked for and not got yet; decides what is read next, and which live messages it
/// must not get because a page has them or will. Reads nothing and sends nothing.
///
/// A live message of a conversation that is to be read is left out and remembered by its number: if the last page ends
/// before it, another page is read. A live message that the last page had already is left out too. So a client gets, of a
/// conversation that it has asked for, every message once and in order.
struct SyncProgress {
    enum Action: Equatable {
        case nothing
        /// Read a page: messages with greater numbers.
        case read(ConversationID, since: Int64)
        /// All of a request has been sent; `missing` are the places of the conversations that are none of theirs.
        case finish(re: Int64?, missing: [Int])
    }

    private struct Request {
        let re: Int64?
        let points: [ClientMessage.SyncPoint]
        var place = 0
        var missing: [Int] = []
    }

    /// The first number and the greatest.
    private struct Held {
        var first: Int64?
        var last: Int64 = 0
    }

    private var requests: [Request] = []
    /// What was left out of each conversation that is to be read.
    private var held: [ConversationID: Held] = [:]
    /// Up to where pages went that no live message has followed yet.
    private var through: [ConversationID: Int64] = [:]
    /// Where the next page of the first request's conversation begins.
    private var since: Int64 = 0
    /// The greatest number that had been left out when the page was asked for: the page has it, if it may be seen at all.
    private var covered: Int64 = 0
    /// Whether a page was asked for that has not come.
    private(set) var isReading = false

    var isIdle: Bool { requests.isEmpty }

    /// The conversations asked for.
    var pendingPoints: Int { requests.reduce(0) { $0 + $1.points.count - $1.place } }

    /// The request whose pages come now.
    var re: Int64? { requests.first?.re }

    // MARK: Live messages

    /// Whether a live message is to be sent now.
    mutating func admits(_ number: Int64, of conversation: ConversationID) -> Bool {
        if let held = held[conversation] {
            self.held[conversation] = Held(first: held.first ?? number, last: max(held.last, number))
            return false
        }
        guard let through = through[conversation] else { return true }
        guard number > through else { return false }
        self.through[conversation] = nil
        return true
    }

    /// Whether messages of the conversation are held back for its pages.
    func holds(_ conversation: ConversationID) -> Bool { held[conversation] != nil }

    // MARK: Pages

    mutating func begin(_ points: [ClientMessage.SyncPoint], re: Int64?) -> Action {
        for point in points where held[point.conversation] == nil { held[point.conversation] = Held() }
        requests.append(Request(re: re, points: points))
        return requests.count == 1 ? start() : .nothing
    }

    /// Whether the page that was asked for is followed by another one.
    func isFollowed(_ page: MessagePage, of conversation: ConversationID) -> Bool {
        if page.hasMore, !page.messages.isEmpty { return true }
        let end = end(of: page, in: conversation)
        return held[conversation]?.last ?? 0 > (end < since ? end : max(end, covered))
    }

    /// Up to where the client has everything when it has the page. Of who asked from beyond the newest message that is where
    /// the conversation ends, or before the first that was left out: what comes next is as new to them as to anybody.
    private func end(of page: MessagePage, in conversation: ConversationID) -> Int64 {
        if let last = page.messages.last { return last.sequence }
        guard since > page.lastSeq else { return since }
        return min(page.lastSeq, (held[conversation]?.first ?? .max) - 1)
    }

    /// The page that was asked for has been sent.
    mutating func sent(_ page: MessagePage, of conversation: ConversationID) -> Action {
        isReading = false
        let isFollowed = isFollowed(page, of: conversation)
        since = end(of: page, in: conversation)
        return isFollowed ? read() : endPoint(isMissing: false)
    }

    /// The page that was asked for cannot be sent now.
    mutating func postponed() { isReading = false }

    /// There is room for the page again.
    mutating func resumed() -> Action { isReading || requests.isEmpty ? .nothing : read() }

    /// The conversation is none of theirs.
    mutating func notFound() -> Action {
        isReading = false
        return endPoint(isMissing: true)
    }

    /// The request cannot be answered; the next one's turn.
    ///
    /// - Returns: The request's name, and what is next.
    mutating func failed() -> (re: Int64?, next: Action) {
        isReading = false
        let request = requests.removeFirst()
        for point in request.points[request.place...] { release(point.conversation, through: nil) }
        return (request.re, requests.isEmpty ? .nothing : start())
    }

    /// The first request was told that it is over.
    mutating func finished() -> Action {
        requests.removeFirst()
        return requests.isEmpty ? .nothing : start()
    }

    private mutating func start() -> Action {
        guard let request = requests.first else { return .nothing }
        guard request.place < request.points.count else { return .finish(re: request.re, missing: request.missing) }
        since = request.points[request.place].since
        return read()
    }

    private mutating func read() -> Action {
        guard let request = requests.first, request.place < request.points.count else { return .nothing }
        isReading = true
        covered = held[request.points[request.place].conversation]?.last ?? 0
        return .read(request.points[request.place].conversation, since: since)
    }

    private mutating func endPoint(isMissing: Bool) -> Action {
        let place = requests[0].place
        let conversation = requests[0].points[place].conversation
        if isMissing { requests[0].missing.append(place) }
        requests[0].place += 1
        release(conversation, through: isMissing ? nil : since)
        return start()
    }

    /// Lets live messages pass again, unless the conversation was asked for once more.
    private mutating func release(_ conversation: ConversationID, through number: Int64?) {
        for (index, request) in requests.enumerated() {
            let left = request.points[request.place...]
            if index >= 0, left.contains(where: { $0.conversation == conversation }) { return }
        }
        held[conversation] = nil
        if let number { through[conversation] = number }
    }
}
