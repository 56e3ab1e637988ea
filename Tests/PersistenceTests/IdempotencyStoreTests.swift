import HubTesting
import Model
import Persistence
import Testing

/// The implementations of `IdempotencyStore`, which keep one contract.
enum IdempotencyStoreUnderTest: String, CaseIterable, Sendable {
    case memory
    case postgres

    /// Runs `body` on an empty store, with a way to let time pass.
    func with(
        _ body: (any IdempotencyStore, (Duration) async throws -> Void) async throws -> Void
    ) async throws {
        switch self {
        case .memory:
            let clock = ManualClock()
            try await body(InMemoryIdempotencyStore(clock: clock)) { clock.advance(by: $0) }
        case .postgres:
            try await PersistenceFixture.with { fixture in
                try await body(PostgresIdempotencyStore(database: fixture.database)) { passed in
                    try await fixture.query(
                        """
                        UPDATE core.idempotency_keys
                        SET created_at = created_at - make_interval(secs => $1::double precision),
                            locked_until = locked_until - make_interval(secs => $1::double precision)
                        """, passed / .seconds(1))
                }
            }
        }
    }
}

extension IdempotentRequest {
    fileprivate static func sample(
        caller: String = "key:1", operation: String = "upload", key: String = "k", body: String = "b"
    ) -> IdempotentRequest {
        IdempotentRequest(caller: caller, operation: operation, key: key, body: Array(body.utf8))
    }
}

/// Far longer than a test takes: Postgres's own clock goes on while the test's time is moved by hand.
private let lease = Duration.seconds(3600)

extension IdempotencyStore {
    /// Claims what nobody else holds.
    fileprivate func granted(_ request: IdempotentRequest) async throws -> Int64 {
        let claim = try await claim(request, lease: lease)
        guard case .granted(let number) = claim else { throw NotGranted(claim: claim) }
        return number
    }
}

private struct NotGranted: Error { let claim: IdempotencyClaim }

@Suite struct `A store of answers to repeated requests` {
    private let answer = IdempotentAnswer(status: 200, body: Array(#"{"success":true}"#.utf8))

    @Test(arguments: IdempotencyStoreUnderTest.allCases)
    func `gives the same request the answer it was given before`(store: IdempotencyStoreUnderTest) async throws {
        try await store.with { store, _ in
            let request = IdempotentRequest.sample()
            let claim = try await store.granted(request)
            #expect(try await store.claim(request, lease: lease) == .inFlight)
            #expect(try await store.keep(answer, for: request, claim: claim))
            #expect(try await store.claim(request, lease: lease) == .answered(answer))
            #expect(try await store.claim(.sample(body: "other"), lease: lease) == .otherBody)
        }
    }

    @Test(arguments: IdempotencyStoreUnderTest.allCases)
    func `keeps callers, operations and keys apart, however they are cut`(
        store: IdempotencyStoreUnderTest
    ) async throws {
        try await store.with { store, _ in
            let first = IdempotentRequest.sample(caller: "a", operation: "b", key: "c")
            let claim = try await store.granted(first)
            #expect(try await store.keep(answer, for: first, claim: claim))
            for other in [
                IdempotentRequest.sample(caller: "x", operation: "b", key: "c"),
                .sample(caller: "a", operation: "x", key: "c"),
                .sample(caller: "a", operation: "b", key: "x"), .sample(caller: "ab", operation: "", key: "c"),
                .sample(caller: "a", operation: "bc", key: ""),
            ] {
                _ = try await store.granted(other)
            }
        }
    }

    @Test(arguments: IdempotencyStoreUnderTest.allCases)
    func `a request given back may be handled anew`(store: IdempotencyStoreUnderTest) async throws {
        try await store.with { store, _ in
            let claim = try await store.granted(.sample())
            try await store.release(.sample(), claim: claim)
            let again = try await store.granted(.sample(body: "other"))
            #expect(again != claim)
            // The first one is late; it changes nothing of the second.
            try await store.release(.sample(), claim: claim)
            #expect(try await store.keep(answer, for: .sample(), claim: claim) == false)
            #expect(try await store.claim(.sample(body: "other"), lease: lease) == .inFlight)
        }
    }

    @Test(arguments: IdempotencyStoreUnderTest.allCases)
    func `a claim of a hub that died is granted anew when its lease is over, to the same body`(
        store: IdempotencyStoreUnderTest
    ) async throws {
        try await store.with { store, pass in
            let lost = try await store.granted(.sample())
            try await pass(lease / 2)
            #expect(try await store.claim(.sample(), lease: lease) == .inFlight)
            try await pass(lease)
            #expect(try await store.claim(.sample(body: "other"), lease: lease) == .otherBody)
            let claim = try await store.granted(.sample())
            #expect(try await store.keep(answer, for: .sample(), claim: lost) == false)
            #expect(try await store.keep(answer, for: .sample(), claim: claim))
        }
    }

    @Test(arguments: IdempotencyStoreUnderTest.allCases)
    func `an answer is given for 24 hours and is then removed`(store: IdempotencyStoreUnderTest) async throws {
        try await store.with { store, pass in
            for key in ["1", "2", "3"] {
                let claim = try await store.granted(.sample(key: key))
                #expect(try await store.keep(answer, for: .sample(key: key), claim: claim))
            }
            try await pass(.seconds(23 * 3600 + 1800))
            #expect(try await store.claim(.sample(key: "1"), lease: lease) == .answered(answer))
            #expect(try await store.removeExpired(limit: 10) == 0)
            try await pass(.seconds(3600))
            // Even before it is removed it is as good as gone, for another body too.
            _ = try await store.granted(.sample(key: "1", body: "other"))
            #expect(try await store.removeExpired(limit: 1) == 1)
            #expect(try await store.removeExpired(limit: 10) == 1)
            #expect(try await store.claim(.sample(key: "1", body: "other"), lease: lease) == .inFlight)
        }
    }

    @Test func `of many who claim at once one is granted`() async throws {
        try await PersistenceFixture.with { fixture in
            let outcomes = try await withThrowingTaskGroup(of: IdempotencyClaim.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        try await PostgresIdempotencyStore(database: fixture.database)
                            .claim(.sample(), lease: lease)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { if case .granted = $0 { true } else { false } } == 1)
            #expect(outcomes.count { $0 == .inFlight } == 15)
        }
    }

    @Test func `keeps neither key nor body`() async throws {
        try await PersistenceFixture.with { fixture in
            let store = PostgresIdempotencyStore(database: fixture.database)
            let request = IdempotentRequest.sample(key: "the-key", body: "the-body")
            let claim = try await store.granted(request)
            #expect(try await store.keep(answer, for: request, claim: claim))
            let text = try await fixture.query(
                "SELECT string_agg(convert_from(k.key_hash || k.body_hash || k.body, 'LATIN1'), '') FROM core.idempotency_keys k"
            )
            let kept = text[0].text(0) ?? ""
            #expect(kept.contains("success") && !kept.contains("the-key") && !kept.contains("the-body"))
        }
    }
}
