import FeatureKit
import Foundation
import HubTesting
import Model
import Telemetry
import Testing

@testable import Achievements

@Suite(.timeLimit(.minutes(3))) struct `An achievement` {
    @Test func `is unlocked once, however many find it at once`() async throws {
        try await AchievementFixture.with { fixture in
            let user = try await fixture.person()
            for number in 1...5 {
                try await fixture.add("code_\(number)", #"{"type":"test","threshold":\#(number)}"#, position: 6)
            }
            let source = FixedSource(["test": 4])
            let hubs = [fixture.engine([source]), fixture.engine([source], on: fixture.other)]
            let unlocked = try await withThrowingTaskGroup(of: [UnlockedAchievement].self) { group in
                for number in 0..<20 { group.addTask { try await hubs[number % 2].check(user) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(unlocked.map(\.code).sorted() == ["code_1", "code_2", "code_3", "code_4"])
            let kept = try await fixture.store.all(for: user).filter { $0.unlockedAt != nil }
            #expect(
                Set(kept.map { "\($0.code) \($0.unlockedAt?.milliseconds ?? 0)" })
                    == Set(unlocked.map { "\($0.code) \($0.unlockedAt.milliseconds)" }))
        }
    }

    @Test func `stays unlocked though what it was reached by is gone`() async throws {
        try await AchievementFixture.with { fixture in
            let user = try await fixture.traveller()
            try await fixture.query(
                "UPDATE travel.travellers SET cells_res8 = 100 WHERE user_id = $1::uuid", user.rawValue)
            #expect(try await fixture.engine().check(user).map(\.code) == ["first_steps", "explorer"])
            try await fixture.query("DELETE FROM travel.travellers WHERE user_id = $1::uuid", user.rawValue)
            #expect(try await fixture.engine().check(user).isEmpty)
            let unlocked = try await fixture.engine().unlocked(by: user)
            #expect(unlocked.map(\.achievement.code) == ["first_steps", "explorer"])
            #expect(unlocked.allSatisfy { $0.progress?.value == 0 })
        }
    }

    @Test func `that nobody understands is hidden and logged once, and stays with who has it`() async throws {
        try await AchievementFixture.with { fixture in
            let user = try await fixture.person()
            try await fixture.only("known", #"{"type":"test","threshold":1}"#)
            try await fixture.add("odd", #"{"type":"test","threshold":1,"in":"FR"}"#)
            try await fixture.add("later", #"{"type":"lessons","threshold":1}"#)
            let file = FileManager.default.temporaryDirectory.appending(path: "achievements-\(user).log")
            defer { try? FileManager.default.removeItem(at: file) }
            try Data().write(to: file)
            let handle = try FileHandle(forWritingTo: file)
            let log = Logger("test", output: LogOutput(level: .info, format: .json, descriptor: handle.fileDescriptor))
            let engine = fixture.engine([FixedSource(["test": 5])], log: log)
            for _ in 1...3 { #expect(try await engine.standings(of: user).map(\.achievement.code) == ["known"]) }
            #expect(try await engine.check(user).map(\.code) == ["known"])
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.contains { $0.contains(#""code":"odd""#) && $0.contains("nothing else") })
            #expect(lines.contains { $0.contains(#""code":"later""#) && $0.contains("nobody counts") })
            try handle.close()

            // A hub on which nobody counts it any more.
            let poorer = fixture.engine([])
            let unlocked = try await poorer.unlocked(by: user)
            #expect(unlocked.map(\.achievement.code) == ["known"] && unlocked.allSatisfy { $0.progress == nil })
            #expect(try await poorer.standings(of: user).map(\.achievement.code) == ["known"])
        }
    }

    @Test func `of somebody who is gone is none`() async throws {
        try await AchievementFixture.with { fixture in
            try await fixture.only("known", #"{"type":"test","threshold":1}"#)
            let user = try await fixture.person()
            let engine = fixture.engine([FixedSource(["test": 5])])
            #expect(try await engine.check(user).count == 1)
            let erasure = AchievementErasure(store: fixture.store)
            #expect(try await !erasure.withdraw(user))
            #expect(try await !erasure.erase(user))
            #expect(try await fixture.codes(user).isEmpty)
            _ = try await engine.check(user)
            try await fixture.query("DELETE FROM core.users WHERE id = $1::uuid", user.rawValue)
            #expect(try await fixture.codes(user).isEmpty)
            #expect(try await engine.check(user).isEmpty)
        }
    }

    @Test(arguments: [Double.nan, .infinity, -1]) func `is not reached by a value that is none`(
        value: Double
    ) async throws {
        try await AchievementFixture.with { fixture in
            try await fixture.only("known", #"{"type":"test","threshold":1}"#)
            let user = try await fixture.person()
            let engine = fixture.engine([FixedSource(["test": value])])
            #expect(try await engine.check(user).isEmpty)
            #expect(try await engine.standings(of: user).map(\.progress?.value) == [0])
        }
    }
}
