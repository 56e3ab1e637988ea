import Accounts
import Achievements
import Chat
import Foundation
import HubTesting
import Persistence
import Phones
import Shares
import Testing
import Travel

/// How Postgres goes about every statement with 10,000 groups, 200,000 devices and 2 million locations (story 3.8).
@Suite(.serialized, .timeLimit(.minutes(10)))
struct QueryPlanTests {
    private static let database = FilledDatabase()
    /// Tables of fewer rows are read from end to end sooner than by an index.
    private static let largeTable = 5000.0

    @Test func `every statement of the product is looked at`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let sources = root.appending(path: "Sources")
        let pattern = try Regex(#"PostgresStatement\(\s*"([a-z_.]+)""#).dotMatchesNewlines()
        var names: Set<String> = []
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: pattern) { names.insert(String(match.output[1].substring ?? "")) }
        }
        #expect(names.count > 20)
        let known = Set(PlanCatalog.all.map(\.statement.name)).union(PlanCatalog.exempt)
        #expect(names.subtracting(known).sorted() == [])
        #expect(known.subtracting(names).sorted() == [])
    }

    @Test func `a large table that is read from end to end is noticed, also within a function`() async throws {
        let (probe, sizes) = try await QueryPlanTests.database.opened()
        #expect(sizes["devices"] ?? 0 > QueryPlanTests.largeTable)
        let direct = PostgresStatement(
            "probe.direct", "SELECT count(*) FROM core.devices WHERE display_name = $1::text")
        let outcome = try probe.run(direct, ["'Device 7'"], isGeneric: true)
        #expect(outcome.scans.map(\.relation) == ["devices"])
        // Any function will do that looks through a table.
        let inside = PostgresStatement("probe.inside", "SELECT core.drop_old_location_partitions($1::timestamptz)")
        let nested = try probe.run(inside, ["now() + interval '1 day'"], isGeneric: false)
        #expect(nested.scans.contains { $0.relation.hasPrefix("locations_") })
        #expect(nested.plans > outcome.plans)
    }

    @Test(arguments: PlanCatalog.all)
    func `a statement reads no large table from end to end and keeps its time`(plan: PlanCase) async throws {
        let (probe, sizes) = try await QueryPlanTests.database.opened()
        for isGeneric in [false, true] {
            var outcome = try probe.run(plan.statement, plan.arguments, isGeneric: isGeneric)
            // A busy machine takes longer, and no statement is ever quicker than it is.
            for _ in 1..<10 where outcome.milliseconds > plan.bound {
                outcome = try probe.run(plan.statement, plan.arguments, isGeneric: isGeneric)
            }
            let scans = outcome.scans.filter {
                sizes[$0.relation] ?? 0 > QueryPlanTests.largeTable && !plan.readsWhole.contains($0.relation)
            }
            #expect(scans.isEmpty, "with a \(isGeneric ? "generic" : "custom") plan")
            #expect(outcome.plans > 0)
            #expect(outcome.milliseconds <= plan.bound)
        }
    }
}

/// A database of its own, filled when the first test asks for it.
private actor FilledDatabase {
    private var opening: Task<(PlanProbe, [String: Double]), any Error>?

    func opened() async throws -> (PlanProbe, [String: Double]) {
        if let opening { return try await opening.value }
        let task = Task {
            let database = try await TestPostgres.shared.database()
            try await database.migrate([.core] + [AccountsFeature.migrations].compactMap { $0 })
            let probe = PlanProbe(url: database.url)
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            try probe.fill(
                root.appending(path: "scripts/fill-database.sql").path,
                ["groups": 10_000, "devices": 200_000, "locations": 2_000_000, "days": 7])
            try probe.fill(root.appending(path: "scripts/fill-accounts.sql").path, ["people": 100_000])
            // Afterwards: whoever is in a group already is brought into its conversation in one statement.
            try await database.migrate(
                [.core]
                    + [
                        AccountsFeature.migrations, ChatFeature.migrations, TravelFeature.migrations,
                        AchievementsFeature.migrations,
                        PhonesFeature.migrations, SharesFeature.migrations,
                    ].compactMap { $0 })
            try probe.fill(
                root.appending(path: "scripts/fill-chat.sql").path, ["people": 100_000, "messages": 400_000])
            try probe.fill(root.appending(path: "scripts/fill-travel.sql").path, ["points": 200_000, "cells": 100_000])
            try probe.fill(root.appending(path: "scripts/fill-achievements.sql").path, [:])
            try probe.fill(root.appending(path: "scripts/fill-phones.sql").path, [:])
            return (probe, try probe.tableSizes())
        }
        opening = task
        return try await task.value
    }
}
