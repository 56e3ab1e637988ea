import HubTesting
import Model
import Testing

@testable import Hub

struct AckHoldTests {
    @Test func `the acknowledgement of who reports at a pace of its own may wait, 45 ms from the report`() {
        var hold = AckHold()
        hold.noteReport(at: 1000, pending: 0)
        #expect(hold.latestFrame(at: 1007, pending: 0) == LiveInstant(milliseconds: 1045))
        hold.hold(AckToken(re: 7, count: 1))
        #expect(hold.release() == AckToken(re: 7, count: 1))
        #expect(hold.release() == nil)
        hold.noteAnswer(at: 1045)
        hold.noteReport(at: 1200, pending: 0)
        #expect(hold.latestFrame(at: 1200, pending: 0) == LiveInstant(milliseconds: 1245))
    }

    @Test func `who reports soon after an acknowledgement is answered at once`() {
        var hold = AckHold()
        hold.noteReport(at: 1000, pending: 0)
        hold.noteAnswer(at: 1010)
        hold.noteReport(at: 1059, pending: 0)
        #expect(hold.latestFrame(at: 1059, pending: 0) == nil)
        hold.noteAnswer(at: 1060)
        hold.noteReport(at: 1110, pending: 0)
        #expect(hold.latestFrame(at: 1110, pending: 0) != nil)
    }

    @Test func `a refusal is an answer, and lets nothing wait that is still to be acknowledged`() {
        var hold = AckHold()
        hold.noteReport(at: 1000, pending: 0)
        hold.noteAnswer(at: 1010)
        #expect(hold.latestFrame(at: 1020, pending: 0) == nil)
        hold.noteReport(at: 1059, pending: 0)
        #expect(hold.latestFrame(at: 1059, pending: 0) == nil)
    }

    @Test func `nothing waits while another report does`() {
        var hold = AckHold()
        hold.noteReport(at: 1000, pending: 0)
        #expect(hold.latestFrame(at: 1010, pending: 1) == nil)
        hold.noteReport(at: 2000, pending: 1)
        #expect(hold.latestFrame(at: 2010, pending: 0) == nil)
        hold.noteReport(at: 3000, pending: 0)
        hold.hold(AckToken(re: nil, count: 1))
        hold.noteReport(at: 4000, pending: 0)
        #expect(hold.latestFrame(at: 4010, pending: 0) == nil)
    }

    /// A session as it uses it, over clients with windows and paces, commits in any order, and frames that come as promised.
    @Test(arguments: 0..<200)
    func `each report is acknowledged once, and none that is held is late`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var hold = AckHold()
        // Where the half of the clock that is kept begins anew.
        var now: Int64 = (1 << 32) - 5000
        var frameAt: Int64?
        var waiting: [(token: AckToken, at: Int64)] = []
        var reportedAt: [AckToken: Int64] = [:]
        var acknowledged: [AckToken] = []
        var next: Int64 = 0
        var wasHeld = 0

        func acknowledge(_ token: AckToken) {
            hold.noteAnswer(at: now)
            acknowledged.append(token)
        }
        for _ in 0..<400 {
            now += [0, 3, 20, 80].randomElement(using: &random) ?? 0
            if let due = frameAt, due <= now {
                // The loop comes to it on time.
                (now, frameAt) = (due, nil)
                if let token = hold.release() {
                    #expect(now <= (reportedAt[token] ?? .min) + AckHold.longest)
                    acknowledge(token)
                }
            }
            if waiting.isEmpty || Int.random(in: 0..<4, using: &random) == 0 {
                let token = AckToken(re: next, count: 1)
                next += 1
                hold.noteReport(at: now, pending: waiting.count)
                reportedAt[token] = now
                waiting.append((token, now))
            } else {
                let token = waiting.remove(at: Int.random(in: waiting.indices, using: &random)).token
                if let held = hold.release() { acknowledge(held) }
                let due = now + Int64.random(in: 0...50, using: &random)
                if let latest = hold.latestFrame(at: now, pending: waiting.count), due <= latest.milliseconds {
                    hold.hold(token)
                    wasHeld += 1
                    frameAt = due
                } else {
                    acknowledge(token)
                }
            }
        }
        for (token, _) in waiting { acknowledged.append(token) }
        if let token = hold.release() { acknowledged.append(token) }
        #expect(acknowledged.count == Int(next))
        #expect(Set(acknowledged).count == Int(next))
        #expect(wasHeld > 0)
    }
}
