import HubTesting
import Model
import Testing
import Wire

@testable import Chat

@Suite struct `catching up` {
    private let talk = conversation(1)
    private let other = conversation(2)

    /// - Parameter end: The newest message's number; that of the page's last one, or far away, if not given.
    private func page(_ numbers: ClosedRange<Int64>?, more: Bool = false, end: Int64? = nil) -> MessagePage {
        let messages = (numbers.map(Array.init) ?? []).map { number in
            ChatMessage(
                conversation: talk, sequence: number, clientID: clientID(UInt64(number)), from: nil, text: "x",
                sentAt: Timestamp(milliseconds: number))
        }
        return MessagePage(
            messages: messages, hasMore: more, lastSeq: end ?? numbers?.upperBound ?? 1000, lastChange: 0)
    }

    @Test func `reads page after page and then says that it is done`() {
        var sync = SyncProgress()
        #expect(sync.begin([.init(conversation: talk, since: 3)], re: 7) == .read(talk, since: 3))
        #expect(sync.sent(page(4...5, more: true), of: talk) == .read(talk, since: 5))
        #expect(sync.sent(page(6...6), of: talk) == .finish(re: 7, missing: []))
        #expect(sync.finished() == .nothing)
        #expect(sync.isIdle)
    }

    @Test func `a live message that no page has yet is followed by another page`() {
        var sync = SyncProgress()
        _ = sync.begin([.init(conversation: talk, since: 0)], re: nil)
        #expect(sync.admits(6, of: talk) == false)
        #expect(sync.isFollowed(page(1...5), of: talk))
        #expect(sync.sent(page(1...5), of: talk) == .read(talk, since: 5))
        #expect(sync.sent(page(6...6), of: talk) == .finish(re: nil, missing: []))
        #expect(sync.admits(7, of: talk) == true)
    }

    @Test func `a live message that the last page had is left out`() {
        var sync = SyncProgress()
        _ = sync.begin([.init(conversation: talk, since: 0)], re: nil)
        _ = sync.sent(page(1...5), of: talk)
        _ = sync.finished()
        #expect(sync.admits(5, of: talk) == false)
        #expect(sync.admits(6, of: talk) == true)
        #expect(sync.admits(7, of: talk) == true)
    }

    @Test func `live messages of a conversation that waits for its turn are left to its pages`() {
        var sync = SyncProgress()
        _ = sync.begin([.init(conversation: talk, since: 0), .init(conversation: other, since: 0)], re: 1)
        #expect(sync.admits(1, of: other) == false)
        #expect(sync.admits(1, of: conversation(3)) == true)
        #expect(sync.sent(page(nil), of: talk) == .read(other, since: 0))
    }

    @Test func `a page without messages ends, though a number was left out that nobody may see any more`() {
        var sync = SyncProgress()
        _ = sync.begin([.init(conversation: talk, since: 0)], re: 1)
        #expect(sync.admits(9, of: talk) == false)
        #expect(sync.sent(page(nil), of: talk) == .read(talk, since: 0))
        #expect(sync.sent(page(nil), of: talk) == .finish(re: 1, missing: []))
    }

    @Test func `names the conversations that are none of theirs and goes on with the others`() {
        var sync = SyncProgress()
        let points = [1, 2, 3].map { ClientMessage.SyncPoint(conversation: conversation($0), since: 0) }
        #expect(sync.begin(points, re: 5) == .read(conversation(1), since: 0))
        #expect(sync.notFound() == .read(conversation(2), since: 0))
        #expect(sync.sent(page(nil), of: conversation(2)) == .read(conversation(3), since: 0))
        #expect(sync.notFound() == .finish(re: 5, missing: [0, 2]))
    }

    @Test func `who asks from beyond the newest message hears what comes next`() {
        var sync = SyncProgress()
        _ = sync.begin([.init(conversation: talk, since: 1000)], re: 1)
        #expect(sync.sent(page(nil, end: 10), of: talk) == .finish(re: 1, missing: []))
        _ = sync.finished()
        #expect(sync.admits(10, of: talk) == false)
        #expect(sync.admits(11, of: talk) == true)
        #expect(sync.admits(12, of: talk) == true)
    }

    @Test func `who asks from beyond the newest message gets what came before its page and was left out`() {
        var sync = SyncProgress()
        _ = sync.begin([.init(conversation: other, since: 0), .init(conversation: talk, since: 1000)], re: 1)
        // One before the page was asked for, and one after.
        #expect(sync.admits(11, of: talk) == false)
        #expect(sync.sent(page(nil), of: other) == .read(talk, since: 1000))
        #expect(sync.admits(12, of: talk) == false)
        #expect(sync.isFollowed(page(nil, end: 12), of: talk))
        #expect(sync.sent(page(nil, end: 12), of: talk) == .read(talk, since: 10))
        #expect(sync.sent(page(11...12), of: talk) == .finish(re: 1, missing: []))
        #expect(sync.admits(12, of: talk) == false)
        #expect(sync.admits(13, of: talk) == true)
    }

    @Test func `a page that does not fit is read again when there is room`() {
        var sync = SyncProgress()
        _ = sync.begin([.init(conversation: talk, since: 2)], re: 5)
        sync.postponed()
        #expect(!sync.isReading)
        #expect(sync.resumed() == .read(talk, since: 2))
        #expect(sync.resumed() == .nothing)
    }

    @Test func `a request that fails lets the next one begin, and live messages pass`() {
        var sync = SyncProgress()
        _ = sync.begin([.init(conversation: talk, since: 2)], re: 5)
        #expect(sync.begin([.init(conversation: other, since: 1)], re: 6) == .nothing)
        let failed = sync.failed()
        #expect(failed.re == 5)
        #expect(failed.next == .read(other, since: 1))
        #expect(sync.admits(9, of: talk) == true)
    }

    @Test func `one conversation in two requests is held back until the second is done`() {
        var sync = SyncProgress()
        _ = sync.begin([.init(conversation: talk, since: 0)], re: 1)
        _ = sync.begin([.init(conversation: talk, since: 0)], re: 2)
        #expect(sync.sent(page(1...2), of: talk) == .finish(re: 1, missing: []))
        #expect(sync.admits(3, of: talk) == false)
        #expect(sync.finished() == .read(talk, since: 0))
        #expect(sync.sent(page(1...3), of: talk) == .finish(re: 2, missing: []))
        #expect(sync.admits(3, of: talk) == false)
        #expect(sync.admits(4, of: talk) == true)
    }

    /// Messages are stored, told and read in any order that the hub can produce: told in order, a page never older than
    /// what had been told when it was asked for.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func `a client gets every message once and in order, from the last page to the live ones`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var sync = SyncProgress()
        var (stored, told): (Int64, Int64) = (Int64.random(in: 0...8, using: &random), 0)
        told = stored
        let since = Int64.random(in: 0...stored, using: &random)
        var received: [Int64] = []
        var reading: (snapshot: Int64?, since: Int64)?
        var begun = false

        func follow(_ action: SyncProgress.Action) {
            switch action {
            case .read(_, let since): reading = (snapshot: nil, since: since)
            case .finish:
                reading = nil
                follow(sync.finished())
            case .nothing: break
            }
        }

        for step in 0..<120 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1: stored += 1
            case 2 where told < stored:
                told += 1
                if sync.admits(told, of: talk), begun { received.append(told) }
            case 3 where !begun && step > 5:
                // What it had before it asked is not looked at: it asks from there.
                begun = true
                follow(sync.begin([.init(conversation: talk, since: since)], re: 1))
            case 4 where reading != nil && reading?.snapshot == nil: reading?.snapshot = stored
            case 5:
                guard let page = reading, let snapshot = page.snapshot else { break }
                if Int.random(in: 0..<4, using: &random) == 0 {
                    sync.postponed()
                    follow(sync.resumed())
                    break
                }
                let end = min(snapshot, page.since + 3)
                let numbers = page.since < end ? page.since + 1...end : nil
                received += numbers.map(Array.init) ?? []
                follow(sync.sent(self.page(numbers, more: end < snapshot), of: talk))
            default: break
            }
        }
        guard begun else { return }
        // To the end.
        while reading != nil || told < stored {
            if let page = reading {
                let end = min(stored, page.since + 3)
                let numbers = page.since < end ? page.since + 1...end : nil
                received += numbers.map(Array.init) ?? []
                follow(sync.sent(self.page(numbers, more: end < stored), of: talk))
            } else {
                told += 1
                if sync.admits(told, of: talk) { received.append(told) }
            }
        }
        #expect(received == (since < stored ? Array(since + 1...stored) : []))
    }
}
