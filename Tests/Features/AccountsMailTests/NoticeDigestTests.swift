import FeatureKit
import Model
import Testing
import Wire

@testable import Accounts
@testable import Jobs

@Suite struct `What somebody is told they missed` {
    private static let (ada, bob) = (UserID(UniqueID(high: 1, low: 1)), UserID(UniqueID(high: 1, low: 2)))
    private static let here = ConversationID(UniqueID(high: 2, low: 1))
    private static let there = ConversationID(UniqueID(high: 2, low: 2))

    private static func notice(
        _ kind: Notice.Kind, in conversation: ConversationID? = here, from sender: UserID? = ada, count: Int = 1
    ) -> (notice: Notice, count: Int) {
        (Notice(to: bob, kind, conversation: conversation, seq: 7, from: sender), count)
    }

    @Test func `is how many of what, from whom and where, in words`() {
        func words(_ notices: [(notice: Notice, count: Int)], _ names: [String]) -> String {
            NoticeDigest(notices).summary(names: names)
        }
        #expect(words([Self.notice(.directMessage)], ["Ada"]) == "1 new message from Ada")
        #expect(
            words(
                [Self.notice(.groupMessage, count: 4), Self.notice(.mention, in: Self.there)], ["Ada", "Bob", "Eve"])
                == "5 new messages from Ada, Bob and Eve in 2 conversations")
        #expect(words([Self.notice(.invitation, in: nil)], ["Ada"]) == "1 invitation from Ada")
        #expect(
            words([Self.notice(.directMessage), Self.notice(.invitation, in: nil, count: 2)], [])
                == "1 new message, 2 invitations")
    }

    @Test func `names three people at most, each once`() {
        let senders = (1...5).map { UserID(UniqueID(high: 9, low: $0)) }
        let notices = (senders + senders).map { Self.notice(.groupMessage, from: $0) }
        #expect(NoticeDigest(notices).senders == Array(senders.prefix(3)))
    }

    @Test func `survives its job unchanged`() throws {
        let delivery = NoticeDelivery(
            id: UniqueID(high: 5, low: 6), user: Self.bob, channel: "email",
            digest: NoticeDigest([Self.notice(.mention, count: 3), Self.notice(.invitation, in: nil, from: Self.bob)]))
        #expect(try NoticeDelivery.kind.decode(NoticeDelivery.kind.encode(delivery)) == delivery)
        let order = MailOrder(
            id: UniqueID(high: 5, low: 6), user: Self.bob, purpose: .verifyEmail, askedAt: Timestamp(milliseconds: 5))
        #expect(try MailOrder.kind.decode(MailOrder.kind.encode(order)) == order)
    }

    @Test(arguments: [
        (NotificationPreferences.Messages.all, [true, true, true, true]), (.direct, [true, false, true, true]),
        (.none, [false, false, false, true]),
    ])
    func `is what they want to hear of`(messages: NotificationPreferences.Messages, wants: [Bool]) {
        var preferences = NotificationPreferences()
        preferences.messages = messages
        #expect([.directMessage, .groupMessage, .mention, .invitation].map(preferences.wants) == wants)
        preferences.invitations = false
        #expect(!preferences.wants(.invitation))
    }

    @Test(arguments: [
        "Europe/Berlin", "UTC", "America/Port-au-Prince", "America/Argentina/Buenos_Aires", "Etc/GMT+3",
    ])
    func `is put off by hours in a zone with a name`(name: String) { #expect(QuietHours.isZoneName(name)) }

    @Test(arguments: [
        "", "CET", "XYZ-3", "Foo/Bar3", "Europe/Berlin'; --", "../../etc/passwd", "Europe", "+02:00", "A/B\n",
    ])
    func `and by no other hours`(name: String) { #expect(!QuietHours.isZoneName(name)) }

    @Test func `takes times of a day`() {
        #expect(QuietHours.minutes("22:00") == 1320)
        #expect(QuietHours.text(1320) == "22:00")
        #expect(QuietHours.text(5) == "00:05")
        for text in ["24:00", "7:00", "22:60", "22:00:00", "", "ab:cd", "٢٢:٠٠"] {
            #expect(QuietHours.minutes(text) == nil)
        }
    }
}
