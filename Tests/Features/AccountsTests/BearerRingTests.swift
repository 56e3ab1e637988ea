import Crypto
import EventLoop
import FeatureKit
import HubTesting
import Model
import Synchronization
import Telemetry
import Testing
import Tokens
import Wire

@testable import Accounts

@Suite(.timeLimit(.minutes(2)))
struct BearerRingTests {
    @Test func `a token is let in until it expires, and its sign-in asked for once`() async throws {
        try await RingUnderTest.with { ring in
            let token = try ring.token()
            #expect(await ring.outcome(of: token) == .success(ring.user))
            #expect(await ring.outcome(of: token) == .success(ring.user))
            #expect(ring.states.lookUps == 1)
            ring.clock.advance(by: .milliseconds(899_999))
            #expect(await ring.outcome(of: token) == .success(ring.user))
            ring.clock.advance(by: .milliseconds(1))
            #expect(await ring.outcome(of: token) == .failure(.tokenExpired))
            // One that nobody has seen before, too.
            let late = try ring.token(at: ring.clock.now.advanced(by: .seconds(-900)))
            #expect(await ring.outcome(of: late) == .failure(.tokenExpired))
        }
    }

    @Test func `what is no token, or another's, is refused without asking Postgres`() async throws {
        try await RingUnderTest.with { ring in
            let stranger = AccessTokens(
                issuer: "presence-hub", lifetime: .seconds(900), keys: RingUnderTest.keys(id: "key"))
            let forged = try stranger.issue(
                user: ring.user.id, signIn: ring.user.signIn, version: 1, at: ring.clock.now)
            for text in ["", "x", "a.b.c", forged.text, String(repeating: "a", count: 100_000)] {
                #expect(await ring.outcome(of: text) == .failure(.tokenInvalid))
            }
            #expect(ring.states.lookUps == 0)
        }
    }

    @Test func `a sign-in that has ended lets nobody in, from then on and without asking`() async throws {
        try await RingUnderTest.with { ring in
            let token = try ring.token()
            #expect(await ring.outcome(of: token) == .success(ring.user))
            await ring.end()
            #expect(await ring.outcome(of: token) == .failure(.tokenInvalid))
            #expect(ring.states.lookUps == 1)
        }
    }

    @Test func `a sign-in that ends while Postgres answers that it lives has ended`() async throws {
        try await RingUnderTest.with { ring in
            let token = try ring.token()
            ring.states.hold()
            async let outcome = ring.outcome(of: token)
            while ring.states.lookUps == 0 { await Task.yield() }
            let live = ring.states.state
            ring.states.state = nil
            await ring.end()
            ring.states.release(with: live)
            #expect(await outcome == .failure(.tokenInvalid))
            #expect(await ring.outcome(of: token) == .failure(.tokenInvalid))
        }
    }

    @Test func `tokens from before a change of the password are refused, and those from after it let in`() async throws
    {
        try await RingUnderTest.with { ring in
            let old = try ring.token()
            #expect(await ring.outcome(of: old) == .success(ring.user))
            // Another hub changed it: this one's answer is older than the token, so that it asks.
            ring.states.state?.tokenVersion = 2
            let new = try ring.token(version: 2)
            #expect(await ring.outcome(of: new) == .success(ring.user))
            #expect(ring.states.lookUps == 2)
            #expect(await ring.outcome(of: old) == .failure(.tokenExpired))
            // This hub changed it: whoever comes next asks.
            ring.states.state?.tokenVersion = 3
            await ring.forget()
            #expect(await ring.outcome(of: new) == .failure(.tokenExpired))
            #expect(ring.states.lookUps == 3)
        }
    }

    @Test func `who is known goes on while Postgres is away, and nobody else begins`() async throws {
        try await RingUnderTest.with(freshness: .zero, patience: .zero) { ring in
            let token = try ring.token()
            #expect(await ring.outcome(of: token) == .success(ring.user))
            ring.states.isAway = true
            #expect(await ring.outcome(of: token) == .success(ring.user))
            await ring.doubt()
            #expect(await ring.outcome(of: token) == .success(ring.user))
            let stranger = try ring.token(signIn: SignInID(.version7(at: .init(milliseconds: 1))))
            guard case .failure(let problem) = await ring.outcome(of: stranger) else {
                Issue.record("somebody unknown was let in")
                return
            }
            #expect(problem.code == .serviceUnavailable)
            await ring.end()
            #expect(await ring.outcome(of: token) == .failure(.tokenInvalid))
        }
    }

    @Test func `a sign-in whose time is over lets nobody in`() async throws {
        try await RingUnderTest.with { ring in
            ring.states.state?.expiresAt = ring.clock.now.advanced(by: .seconds(10))
            let token = try ring.token()
            #expect(await ring.outcome(of: token) == .success(ring.user))
            ring.clock.advance(by: .seconds(10))
            #expect(await ring.outcome(of: token) == .failure(.tokenInvalid))
        }
    }

    @Test func `a token of somebody else's sign-in is refused`() async throws {
        try await RingUnderTest.with { ring in
            let other = UserID(.version7(at: ring.clock.now))
            let token = try ring.token(user: other)
            #expect(await ring.outcome(of: token) == .failure(.tokenInvalid))
        }
    }
}

/// A ring on a loop of its own, with a stub of Postgres.
private struct RingUnderTest: Sendable {
    let loop: Loop
    let clock: ManualClock
    let states: SignInStatesStub
    let tokens: AccessTokens
    let ring: BearerRing
    let user: SignedInUser

    static func with(
        freshness: Duration = .seconds(3600), patience: Duration = .seconds(3600),
        _ body: (RingUnderTest) async throws -> Void
    ) async throws {
        let loop = try Loop.start()
        let clock = ManualClock()
        let user = SignedInUser(id: UserID(.version7(at: clock.now)), signIn: SignInID(.version7(at: clock.now)))
        let states = SignInStatesStub(
            user.signIn,
            SignInState(user: user.id, tokenVersion: 1, expiresAt: clock.now.advanced(by: .seconds(86_400))))
        let tokens = AccessTokens(issuer: "presence-hub", lifetime: .seconds(900), keys: keys(id: "key"))
        let ring = BearerRing(
            on: loop, tokens: tokens, states: states, clock: clock, log: TestPostgres.log, freshness: freshness,
            patience: patience)
        do {
            try await body(
                RingUnderTest(loop: loop, clock: clock, states: states, tokens: tokens, ring: ring, user: user))
        } catch {
            await loop.stop()
            throw error
        }
        await loop.stop()
    }

    /// A key nobody else has.
    static func keys(id: String) -> TokenKeys {
        let key = Ed25519PrivateKey.generate()
        return TokenKeys(TokenKeys.Snapshot(signing: (id, key), verifying: [id: key.publicKey]))
    }

    func token(
        user: UserID? = nil, signIn: SignInID? = nil, version: Int32 = 1, at moment: Timestamp? = nil
    ) throws -> String {
        try tokens.issue(
            user: user ?? self.user.id, signIn: signIn ?? self.user.signIn, version: version, at: moment ?? clock.now
        ).text
    }

    /// Who is let in with a token.
    func outcome(of token: String) async -> Result<SignedInUser, Problem> {
        let result = await Task(executorPreference: loop) {
            switch ring.authenticate(token) {
            case .decided(let result): return result
            case .pending(let lookUp): return await lookUp()
            }
        }.value
        return result.flatMap { principal in principal.user.map(Result.success) ?? .failure(.notFound) }
    }

    func end() async { await onLoop { $0.end([user.signIn]) } }
    func forget() async { await onLoop { $0.forget(user.id) } }
    func doubt() async { await onLoop { $0.doubtEverything() } }

    private func onLoop(_ work: @escaping @Sendable (BearerRing) -> Void) async {
        await withCheckedContinuation { done in
            loop.execute {
                work(ring)
                done.resume()
            }
        }
    }
}

/// One sign-in as Postgres would know it, counted and held up by hand.
private final class SignInStatesStub: SignInStates {
    private struct Stub {
        var state: SignInState?
        var lookUps = 0
        var isAway = false
        var isHeld = false
        var waiting: [CheckedContinuation<SignInState?, Never>] = []
    }

    private let signIn: SignInID
    private let stub: Mutex<Stub>

    init(_ signIn: SignInID, _ state: SignInState) {
        self.signIn = signIn
        stub = Mutex(Stub(state: state))
    }

    var lookUps: Int { stub.withLock { $0.lookUps } }

    var state: SignInState? {
        get { stub.withLock { $0.state } }
        set { stub.withLock { $0.state = newValue } }
    }

    var isAway: Bool {
        get { stub.withLock { $0.isAway } }
        set { stub.withLock { $0.isAway = newValue } }
    }

    /// The next look-up waits.
    func hold() { stub.withLock { $0.isHeld = true } }

    /// Those that wait are answered; later ones wait no more.
    func release(with answer: SignInState?) {
        let waiting = stub.withLock { stub in
            stub.isHeld = false
            defer { stub.waiting = [] }
            return stub.waiting
        }
        for continuation in waiting { continuation.resume(returning: answer) }
    }

    func state(of asked: SignInID) async throws(DeviceStoreError) -> SignInState? {
        let (isAway, isHeld) = stub.withLock { stub in
            (stub.isAway, stub.isHeld)
        }
        guard !isAway else {
            stub.withLock { $0.lookUps += 1 }
            throw .unavailable
        }
        guard isHeld else {
            return stub.withLock { stub in
                stub.lookUps += 1
                return asked == signIn ? stub.state : nil
            }
        }
        return await withCheckedContinuation { continuation in
            stub.withLock { stub in
                stub.lookUps += 1
                stub.waiting.append(continuation)
            }
        }
    }

    func ended(
        among signIns: Set<SignInID>, at now: Timestamp
    ) async throws(DeviceStoreError) -> Set<SignInID> {
        signIns.filter { $0 != signIn || state == nil }
    }
}
