import HubTesting
import Model
import Testing

@testable import FeatureKit

@Suite struct `What is noted of things done again and again` {
    private func entry(
        _ operation: String, key: UInt64 = 1, at moment: Int64 = 0, outcome: AuditOutcome = .refused
    ) -> AuditEntry {
        AuditEntry(
            at: Timestamp(milliseconds: moment), actor: .key(APIKeyID(UniqueID(high: 0, low: key)), prefix: "pm_abcde"),
            operation: operation, outcome: outcome, requestID: "r\(moment)", clientAddress: "::1")
    }

    @Test func `the first is written at once, the others as one when the minute is over`() {
        var tally = AuditTally()
        let first = entry("listKeys")
        #expect(tally.note(first, at: .zero) == first)
        for second in 1...5 { #expect(tally.note(entry("listKeys", at: Int64(second)), at: .seconds(second)) == nil) }
        #expect(tally.nextEnd == .seconds(60))
        #expect(tally.takeEnded(at: .seconds(59)).isEmpty)
        var rest = entry("listKeys", at: 5)
        rest.attempts = 5
        #expect(tally.takeEnded(at: .seconds(60)) == [rest])
        #expect(tally.nextEnd == nil)
        #expect(tally.note(first, at: .seconds(61)) == first)
    }

    @Test func `another key, operation or outcome is another thing`() {
        var tally = AuditTally()
        for entry in [entry("a"), entry("b"), entry("a", key: 2), entry("a", outcome: .done)] {
            #expect(tally.note(entry, at: .zero) == entry)
        }
        #expect(tally.takeAll().isEmpty)
    }

    @Test func `past its bound it keeps nothing new and says how much`() {
        var tally = AuditTally(capacity: 2)
        #expect(tally.note(entry("a"), at: .zero) != nil && tally.note(entry("b"), at: .zero) != nil)
        #expect(tally.note(entry("c"), at: .zero) == nil)
        #expect(tally.dropped == 1)
        #expect(tally.note(entry("a"), at: .zero) == nil)
        #expect(tally.takeAll().map(\.attempts) == [1])
    }

    @Test func `nothing is lost but past the bound, and a minute has two entries a thing at most`() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<50 {
            var tally = AuditTally()
            var (noted, written, now) = (0, 0, Duration.zero)
            var entries: [(minute: Int, operation: String)] = []
            for step in 0..<500 {
                now += .milliseconds(Int.random(in: 0..<2000, using: &generator))
                for ended in tally.takeEnded(at: now) {
                    written += ended.attempts
                    entries.append((Int(now.components.seconds) / 60, ended.operation))
                }
                noted += 1
                let operation = ["a", "b", "c"].randomElement(using: &generator) ?? "a"
                if let entry = tally.note(entry(operation, at: Int64(step)), at: now) {
                    written += entry.attempts
                    entries.append((Int(now.components.seconds) / 60, operation))
                }
            }
            for ended in tally.takeAll() { written += ended.attempts }
            #expect(noted == written)
            let minutes = Int(now.components.seconds) / 60 + 1
            #expect(entries.count <= minutes * 3 * 3)
        }
    }
}

@Suite struct `A cursor` {
    @Test func `leads back to the position it was made of, in its own list alone`() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            let position = [generator.next(), generator.next()]
            let text = PageCursor.encode(position, of: "list")
            #expect(PageCursor.decode(text, count: 2, of: "list") == position)
            #expect(PageCursor.decode(text, count: 2, of: "other") == nil)
            #expect(PageCursor.decode(text, count: 1, of: "list") == nil)
            for length in 0..<text.utf8.count {
                #expect(PageCursor.decode(String(text.prefix(length)), count: 2, of: "list") == nil)
            }
        }
    }

    @Test(arguments: ["", "=", "AA", "*", String(repeating: "A", count: 34), String(repeating: "A", count: 5000), "ü"])
    func `is no text of somebody else's`(text: String) {
        #expect(PageCursor.decode(text, count: 2, of: "list") == nil)
    }
}
