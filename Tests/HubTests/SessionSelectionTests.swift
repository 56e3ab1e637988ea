import FeatureKit
import HubTesting
import Model
import Testing

@testable import Hub

@Suite struct `A page of sessions` {
    private func session(_ id: UInt64, queued: Int = 0, bytesIn: UInt64 = 0) -> LiveSession {
        var traffic = LiveSession.Traffic()
        traffic.bytesIn = bytesIn
        return LiveSession(
            id: SessionID(UniqueID(high: 0, low: id)), device: nil, group: nil, loop: 0, dialect: "presence.v1",
            openedAt: Timestamp(milliseconds: 0), credential: .key(APIKeyID(UniqueID(high: 1, low: 1))), address: "",
            queuedBytes: queued, pendingAcks: 0, watches: 0, traffic: traffic)
    }

    @Test func `is what sorting all of them gives, whatever the order they are shown in`() {
        var generator = SeededGenerator(seed: 17)
        for _ in 0..<100 {
            let all = (1...UInt64.random(in: 1...400, using: &generator)).map {
                session(
                    $0, queued: Int.random(in: 0..<5, using: &generator), bytesIn: .random(in: 0..<9, using: &generator)
                )
            }.shuffled(using: &generator)
            let limit = Int.random(in: 1...50, using: &generator)
            let order = LiveSessionRequest.Order.allCases.randomElement(using: &generator) ?? .id
            let after = order == .id ? SessionID(UniqueID(high: 0, low: .random(in: 0..<400, using: &generator))) : nil
            var selection = SessionSelection(LiveSessionRequest(order: order, after: after, limit: limit))
            for session in all { selection.show(session) }
            // Some are seen twice, when others have gone meanwhile.
            for session in all.prefix(20) { selection.show(session) }
            let expected = all.filter { (after?.rawValue ?? UniqueID(high: 0, low: 0)) < $0.id.rawValue }.sorted {
                let (left, right): (UInt64, UInt64) =
                    switch order {
                    case .queued: (UInt64($0.queuedBytes), UInt64($1.queuedBytes))
                    case .bytesIn: ($0.traffic.bytesIn, $1.traffic.bytesIn)
                    default: (0, 0)
                    }
                return left == right ? $0.id.rawValue < $1.id.rawValue : left > right
            }
            #expect(selection.take() == Array(expected.prefix(limit)))
        }
    }
}
