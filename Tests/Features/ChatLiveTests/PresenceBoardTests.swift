import FeatureKit
import HubTesting
import Model
import Testing
import Wire

@testable import Chat

/// Everybody's presence on one loop moved by hand.
private final class BoardUnderTest: @unchecked Sendable {
    let scheduler = ManualScheduler()
    let store = InMemoryPresenceStore()
    private(set) var told: [(presence: UserPresence, watchers: [UserID])] = []
    private(set) var veils: [Bool] = []
    private var made: PresenceBoard?

    var board: PresenceBoard {
        if let made { return made }
        let board = PresenceBoard(
            store: store, on: scheduler, clock: scheduler.clock, limits: PresenceLimits(), logger: TestPostgres.log,
            looksAfter: { _ in true },
            tell: { [unowned self] presence, watchers in told.append((presence: presence, watchers: watchers)) },
            veil: { [unowned self] _, isInvisible in veils.append(isInvisible) })
        made = board
        return board
    }

    func moved(_ user: UserID, isHere: Bool) {
        let board = board
        scheduler.turn { board.assumeIsolated { $0.moved(user, isHere: isHere) } }
    }

    func declare(_ status: PresenceStatus, note: String? = nil, by user: UserID) {
        let board = board
        scheduler.turn { board.assumeIsolated { $0.declare(status, note: note, by: user) } }
    }

    func shown(_ user: UserID) -> UserPresence? {
        let board = board
        return scheduler.turn { board.assumeIsolated { $0.current([user])[user] } }
    }

    func take(_ change: PeopleChange) {
        let board = board
        scheduler.turn { board.assumeIsolated { $0.take(change) } }
    }

    var statuses: [PresenceStatus] { told.map(\.presence.status) }
}

@Suite struct `people's presence` {
    private let ann = user(1)
    private let ben = user(2)

    private func makeBoard() -> BoardUnderTest {
        let test = BoardUnderTest()
        test.store.setWatchers([ben], of: ann)
        return test
    }

    @Test func `somebody is online with their first session, and offline once, when the grace after the last is over`()
    {
        let test = makeBoard()
        test.moved(ann, isHere: true)
        #expect(test.statuses == [.online])
        #expect(test.told.first?.watchers == [ben])
        test.scheduler.advance(by: .seconds(5))
        test.moved(ann, isHere: false)
        test.scheduler.advance(by: .milliseconds(9_999))
        #expect(test.statuses == [.online])
        test.scheduler.advance(by: .milliseconds(1))
        #expect(test.statuses == [.online, .offline])
        test.scheduler.advance(by: .seconds(100))
        #expect(test.statuses == [.online, .offline])
        #expect(test.shown(ann) == nil)
    }

    @Test func `who comes back within the grace was never away`() {
        let test = makeBoard()
        test.moved(ann, isHere: true)
        for _ in 0..<5 {
            test.scheduler.advance(by: .seconds(3))
            test.moved(ann, isHere: false)
            test.scheduler.advance(by: .seconds(9))
            test.moved(ann, isHere: true)
        }
        test.scheduler.advance(by: .seconds(60))
        #expect(test.statuses == [.online])
    }

    @Test func `what was declared last holds, through an absence`() {
        let test = makeBoard()
        test.moved(ann, isHere: true)
        test.scheduler.advance(by: .seconds(2))
        test.declare(.busy, note: "in a meeting", by: ann)
        #expect(test.statuses == [.online, .busy])
        #expect(test.told.last?.presence.note == "in a meeting")
        test.scheduler.advance(by: .seconds(2))
        test.moved(ann, isHere: false)
        test.scheduler.advance(by: .seconds(60))
        test.moved(ann, isHere: true)
        test.scheduler.advance(by: .seconds(2))
        #expect(test.statuses == [.online, .busy, .offline, .busy])
    }

    @Test func `nobody hears somebody invisible come, stay or go`() {
        let test = makeBoard()
        test.store.setProfile(
            PresenceProfile(status: .invisible, lastSeenAt: Timestamp(milliseconds: 60_000)), of: ann)
        test.moved(ann, isHere: true)
        test.scheduler.advance(by: .seconds(700))
        #expect(
            test.shown(ann) == UserPresence(user: ann, status: .offline, lastSeenAt: Timestamp(milliseconds: 60_000)))
        test.moved(ann, isHere: false)
        test.scheduler.advance(by: .seconds(60))
        #expect(test.told.isEmpty)
        #expect(test.store.kept(of: ann)?.lastSeenAt == Timestamp(milliseconds: 60_000))
        #expect(test.veils == [true, false])
    }

    @Test func `going invisible looks like going offline, and the last moment seen stands still`() {
        let test = makeBoard()
        test.moved(ann, isHere: true)
        test.scheduler.advance(by: .seconds(90))
        let moment = test.scheduler.clock.now
        test.declare(.invisible, by: ann)
        test.scheduler.advance(by: .seconds(3_600))
        #expect(test.statuses == [.online, .offline])
        #expect(test.shown(ann)?.lastSeenAt == moment.wholeMinute)
        test.declare(.online, by: ann)
        #expect(test.statuses == [.online, .offline, .online])
    }

    @Test func `the last moment seen is a whole minute to others, and can be hidden`() {
        let test = makeBoard()
        test.moved(ann, isHere: true)
        test.scheduler.advance(by: .milliseconds(61_234))
        let shown = test.shown(ann)?.lastSeenAt
        #expect(shown == test.scheduler.clock.now.wholeMinute)
        let board = test.board
        test.scheduler.turn { board.assumeIsolated { $0.show(lastSeen: false, of: user(1)) } }
        #expect(test.shown(ann)?.lastSeenAt == nil)
    }

    @Test func `a flood of declarations is told once a second, the newest last`() {
        let test = makeBoard()
        test.moved(ann, isHere: true)
        for number in 0..<1_000 {
            test.declare(number.isMultiple(of: 2) ? .away : .busy, note: "\(number)", by: ann)
            test.scheduler.advance(by: .milliseconds(5))
        }
        test.scheduler.advance(by: .seconds(2))
        #expect(test.told.count <= 8)
        #expect(test.told.last?.presence.note == "999")
        #expect(test.store.kept(of: ann)?.note == "999")
    }

    @Test func `a block makes who was seen offline for the other, and tells a stranger nothing`() {
        let test = makeBoard()
        test.moved(ann, isHere: true)
        let before = test.told.count
        test.take(.blocked(user(3), by: ann))
        #expect(test.told.count == before)
        test.take(.blocked(ben, by: ann))
        #expect(test.told.suffix(from: before).map(\.presence.status) == [.offline])
        #expect(test.told.last?.watchers == [ben] && test.told.last?.presence.user == ann)
        #expect(test.told.allSatisfy { $0.presence.status == .online || $0.presence.lastSeenAt == nil })
    }

    @Test func `what Postgres does not take is kept, and told as soon as it is back`() {
        let test = makeBoard()
        test.store.setAway(true)
        test.moved(ann, isHere: true)
        test.declare(.away, by: ann)
        test.scheduler.advance(by: .seconds(20))
        #expect(test.told.isEmpty)
        test.store.setAway(false)
        test.scheduler.advance(by: .seconds(20))
        #expect(test.statuses.last == .away)
        #expect(test.store.kept(of: ann)?.status == .away)
        #expect(test.store.kept(of: ann)?.lastSeenAt != nil)
    }

    @Test func `who stays is noted as seen now and then, so that a hub that is killed loses no more`() {
        let test = makeBoard()
        test.moved(ann, isHere: true)
        test.scheduler.advance(by: .seconds(602))
        let kept = test.store.kept(of: ann)?.lastSeenAt ?? Timestamp(milliseconds: 0)
        #expect(test.scheduler.clock.now.milliseconds - kept.milliseconds < 3_000)
    }
}
