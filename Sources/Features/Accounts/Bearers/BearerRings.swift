internal import EventLoop
internal import FeatureKit
internal import Model
internal import Telemetry
internal import Tokens

/// Knows users by their access tokens, on every loop. Callable from any thread but where it says otherwise.
final class BearerRings: BearerAuthenticator {
    private let loops: [Loop]
    /// One a loop, in the order of their numbers.
    private let rings: [BearerRing]
    private let states: any SignInStates
    private let clock: any LiveClock

    /// Sign-ins that one statement asks for.
    private static let batch = 1000

    /// - Parameter onUnknownKey: Reads the signing keys again, when a token names one that is not known.
    init(
        on loops: [Loop], tokens: AccessTokens, states: any SignInStates, clock: any LiveClock, log: Logger,
        onUnknownKey: (@Sendable () async -> Void)? = nil
    ) {
        self.loops = loops
        self.states = states
        self.clock = clock
        rings = loops.map {
            BearerRing(on: $0, tokens: tokens, states: states, clock: clock, log: log, onUnknownKey: onUnknownKey)
        }
    }

    func authenticate(bearer token: String, on loop: Loop) -> Authentication {
        rings[loop.index].authenticate(token)
    }

    func hasEnded(_ signIn: SignInID, on loop: Loop) -> Bool { rings[loop.index].hasEnded(signIn) }

    func isLive(_ user: SignedInUser) async throws(DeviceStoreError) -> Bool {
        guard let state = try await states.state(of: user.signIn) else { return false }
        return state.user == user.id && clock.now < state.expiresAt
    }

    func ended(among signIns: Set<SignInID>) async throws(DeviceStoreError) -> Set<SignInID> {
        let asked = Array(signIns)
        var ended: Set<SignInID> = []
        for start in stride(from: 0, to: asked.count, by: BearerRings.batch) {
            let batch = Set(asked[start..<min(start + BearerRings.batch, asked.count)])
            ended.formUnion(try await states.ended(among: batch, at: clock.now))
        }
        await end(ended)
        return ended
    }

    func doubtEverything() async {
        await onEveryLoop { $0.doubtEverything() }
    }

    /// No loop lets these in any more.
    func end(_ signIns: Set<SignInID>) async {
        guard !signIns.isEmpty else { return }
        await onEveryLoop { $0.end(signIns) }
    }

    /// Every loop asks Postgres before it lets anybody of `user` in again.
    func forget(_ user: UserID) async {
        await onEveryLoop { $0.forget(user) }
    }

    private func onEveryLoop(_ work: @escaping @Sendable (BearerRing) -> Void) async {
        for (loop, ring) in zip(loops, rings) {
            await withCheckedContinuation { done in
                loop.execute {
                    work(ring)
                    done.resume()
                }
            }
        }
    }
}
