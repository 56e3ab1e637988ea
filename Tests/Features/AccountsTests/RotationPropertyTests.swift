import Crypto
import HubTesting
import Model
import Testing

@testable import Accounts

/// Refresh tokens under random interleavings: whoever uses whichever token whenever, no token is worth two, and a sign-in
/// ends exactly when one of its tokens has been used twice.
@Suite(.timeLimit(.minutes(5)))
struct RotationPropertyTests {
    /// One sign-in as it must be.
    private struct Expected {
        let id: SignInID
        var current: RefreshToken
        var spent: [RefreshToken] = []
        var isLive = true
    }

    @Test(arguments: 1...6)
    func `no token is worth two, and a reuse ends the sign-in`(seed: UInt64) async throws {
        try await AccountsFixture.with { fixture in
            var generator = SeededGenerator(seed: seed)
            let (account, first) = try await fixture.register()
            var signIns = [Expected(id: first.id, current: first.refreshToken)]
            for _ in 0..<4 {
                let start = AccountsFixture.start()
                _ = try await fixture.signIns.begin(start, of: account, limit: 20, forgetting: nil)
                signIns.append(Expected(id: start.id, current: start.refreshToken))
            }
            for _ in 0..<40 {
                // What is used at the same time: of any sign-in, new and old tokens, some of them twice.
                var uses: [(signIn: Int, token: RefreshToken)] = []
                for index in signIns.indices where Bool.random(using: &generator) {
                    uses.append((index, signIns[index].current))
                    if Int.random(in: 0..<25, using: &generator) == 0 { uses.append((index, signIns[index].current)) }
                    if Int.random(in: 0..<30, using: &generator) == 0,
                        let old = signIns[index].spent.randomElement(using: &generator)
                    {
                        uses.append((index, old))
                    }
                }
                uses.shuffle(using: &generator)
                let outcomes = try await use(uses, in: fixture)
                for index in signIns.indices {
                    try check(&signIns[index], outcomes.filter { $0.signIn == index })
                }
                for signIn in signIns {
                    #expect(try await fixture.isLive(signIn.id) == signIn.isLive)
                }
            }
        }
    }

    private struct Outcome {
        let signIn: Int
        let token: RefreshToken
        let successor: RefreshToken
        let rotation: PostgresSignInStore.Rotation
    }

    private func use(
        _ uses: [(signIn: Int, token: RefreshToken)], in fixture: AccountsFixture
    ) async throws -> [Outcome] {
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            for use in uses {
                group.addTask {
                    let successor = RefreshToken.make()
                    // From elsewhere each: that one client may ask again is another matter.
                    let rotation = try await fixture.rotate(
                        use.token, to: successor, from: "\(SecureRandom.bytes(8))")
                    return Outcome(
                        signIn: use.signIn, token: use.token, successor: successor, rotation: rotation)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Compares what became of the uses of one sign-in's tokens with what must.
    private func check(_ expected: inout Expected, _ outcomes: [Outcome]) throws {
        let rotated = outcomes.filter(\.rotation.isRotated)
        if !expected.isLive {
            #expect(rotated.isEmpty)
            return
        }
        // Its newest token once, and nothing else ever.
        #expect(rotated.count <= 1)
        #expect(rotated.allSatisfy { $0.token == expected.current })
        let isReused =
            outcomes.contains { $0.token != expected.current }
            || outcomes.count { $0.token == expected.current } > 1
        #expect(outcomes.contains { $0.rotation == .reused(expected.id) } == isReused)
        if let winner = rotated.first {
            expected.spent.append(expected.current)
            expected.current = winner.successor
        } else if !isReused {
            #expect(outcomes.isEmpty)
        }
        if isReused { expected.isLive = false }
    }
}
