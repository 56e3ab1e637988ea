internal import Crypto
internal import EventLoop
internal import FeatureKit
internal import Model
internal import Telemetry
internal import Tokens
internal import Wire

/// Knows users by their access tokens on one loop, so that a request is neither a signature to check nor a query.
///
/// A token that was checked once is known until it expires. Whether its sign-in is live is asked again after a while; until
/// the answer comes the known one serves, for a little longer, or for as long as Postgres is away.
///
/// `@unchecked Sendable`: confined to its loop; what is asynchronous comes back there.
final class BearerRing: @unchecked Sendable {
    /// After which a sign-in is asked for again. 5 s.
    private let freshness: Duration
    /// How old an answer may be that serves without waiting for the next. 30 s.
    private let patience: Duration
    /// Tokens and sign-ins remembered; past it all are forgotten and looked at again.
    static let capacity = 10_000

    private let loop: Loop
    private let tokens: AccessTokens
    private let states: any SignInStates
    private let clock: any LiveClock
    private let log: Logger
    private let onUnknownKey: (@Sendable () async -> Void)?

    /// Tokens whose signature is right, by their hash.
    private var known: [[UInt8]: AccessClaims] = [:]
    private var entries: [SignInID: Entry] = [:]
    /// Look-ups under way, each shared by all who wait for it.
    private var lookUps: [SignInID: Task<Answer, Never>] = [:]
    /// Those that ended or changed while they were looked up, so that the answer may be old.
    private var overtaken: Set<SignInID> = []

    private typealias Answer = Result<SignInState?, Problem>

    private struct Entry {
        /// Nothing for one that has ended.
        var state: SignInState?
        var askedAt: LoopInstant
        /// Whether the next caller waits for Postgres, however fresh the answer is.
        var isDoubtful = false
    }

    init(
        on loop: Loop, tokens: AccessTokens, states: any SignInStates, clock: any LiveClock, log: Logger,
        freshness: Duration = .seconds(5), patience: Duration = .seconds(30),
        onUnknownKey: (@Sendable () async -> Void)? = nil
    ) {
        self.onUnknownKey = onUnknownKey
        self.loop = loop
        self.tokens = tokens
        self.states = states
        self.clock = clock
        self.log = log
        self.freshness = freshness
        self.patience = patience
    }

    /// On the loop.
    func authenticate(_ token: String) -> Authentication {
        guard token.utf8.count <= AccessTokens.longest else { return .decided(.failure(.tokenInvalid)) }
        switch check(token) {
        case .claims(let claims): return authentication(of: claims)
        case .refused(let problem): return .decided(.failure(problem))
        case .unknownKey:
            guard let onUnknownKey else { return .decided(.failure(.tokenInvalid)) }
            return .pending { [self] in
                await onUnknownKey()
                loop.preconditionIsolated()
                guard case .claims(let claims) = check(token) else { return .failure(.tokenInvalid) }
                switch authentication(of: claims) {
                case .decided(let result): return result
                case .pending(let lookUp): return await lookUp()
                }
            }
        }
    }

    private func authentication(of claims: AccessClaims) -> Authentication {
        if let entry = entries[claims.signIn] {
            let age = loop.now - entry.askedAt
            let isNewer = entry.state.map { claims.version > $0.tokenVersion } ?? false
            guard entry.isDoubtful || isNewer || age > freshness else {
                return .decided(admit(claims, entry.state))
            }
            let lookUp = lookUp(claims.signIn)
            guard entry.isDoubtful || isNewer || age > patience else { return .decided(admit(claims, entry.state)) }
            return .pending { [self] in admit(claims, await lookUp.value) }
        }
        let lookUp = lookUp(claims.signIn)
        return .pending { [self] in admit(claims, await lookUp.value) }
    }

    /// Whether it is known to have ended, without asking. On the loop.
    func hasEnded(_ signIn: SignInID) -> Bool { entries[signIn].map { $0.state == nil } ?? false }

    /// Who a token says it is of, if the hub made it and it holds; its signature is checked once.
    private func check(_ token: String) -> Checked {
        let hash = SHA256.hash(Array(token.utf8))
        let now = clock.now
        if let claims = known[hash] {
            guard now >= claims.expiresAt else { return .claims(claims) }
            known[hash] = nil
            return .refused(.tokenExpired)
        }
        do throws(TokenFault) {
            let claims = try tokens.verify(token, at: now)
            if known.count >= BearerRing.capacity { known.removeAll(keepingCapacity: true) }
            known[hash] = claims
            return .claims(claims)
        } catch {
            switch error {
            case .unknownKey: return .unknownKey
            case .expired: return .refused(.tokenExpired)
            case .malformed, .algorithm, .signature, .notForUs: return .refused(.tokenInvalid)
            }
        }
    }

    private enum Checked {
        case claims(AccessClaims)
        case refused(Problem)
        /// Another hub may have made the key a moment ago.
        case unknownKey
    }

    private func admit(_ claims: AccessClaims, _ answer: Answer) -> Result<Principal, Problem> {
        switch answer {
        case .success(let state): admit(claims, state)
        case .failure(let problem): .failure(problem)
        }
    }

    private func admit(_ claims: AccessClaims, _ state: SignInState?) -> Result<Principal, Problem> {
        guard let state, state.user == claims.user, clock.now < state.expiresAt else { return .failure(.tokenInvalid) }
        // The sign-in lives, and gives whoever has its refresh token a token of today.
        guard claims.version == state.tokenVersion else { return .failure(.tokenExpired) }
        return .success(.user(SignedInUser(id: claims.user, signIn: claims.signIn)))
    }

    // MARK: Asking Postgres

    /// The look-up of a sign-in that is under way, or one that begins. It ends by itself: a query has a time limit.
    private func lookUp(_ signIn: SignInID) -> Task<Answer, Never> {
        if let task = lookUps[signIn] { return task }
        let task = Task(executorPreference: loop) { [self] in
            let answer = await ask(signIn)
            lookUps[signIn] = nil
            return answer
        }
        lookUps[signIn] = task
        return task
    }

    /// Asks, and remembers the answer; while Postgres is away an old answer serves.
    private func ask(_ signIn: SignInID) async -> Answer {
        while true {
            do throws(DeviceStoreError) {
                let state = try await states.state(of: signIn)
                loop.preconditionIsolated()
                // What was ended while Postgres answered may be live in its answer.
                if overtaken.remove(signIn) != nil { continue }
                keep(state, of: signIn)
                return .success(state)
            } catch {
                loop.preconditionIsolated()
                if overtaken.remove(signIn) != nil { continue }
                log.warning("a sign-in could not be looked up")
                guard let entry = entries[signIn] else { return .failure(.databaseUnavailable) }
                // Whoever comes next shall not wait for Postgres again.
                entries[signIn]?.askedAt = loop.now
                entries[signIn]?.isDoubtful = false
                return .success(entry.state)
            }
        }
    }

    private func keep(_ state: SignInState?, of signIn: SignInID) {
        if entries.count >= BearerRing.capacity, entries[signIn] == nil { entries.removeAll(keepingCapacity: true) }
        entries[signIn] = Entry(state: state, askedAt: loop.now)
    }

    /// From now on, these have ended. On the loop.
    func end(_ signIns: Set<SignInID>) {
        for signIn in signIns {
            if lookUps[signIn] != nil { overtaken.insert(signIn) }
            // Remembered, so that nobody asks, and so that it holds while Postgres is away.
            keep(nil, of: signIn)
        }
    }

    /// Postgres is asked before anybody of `user` is let in again. On the loop.
    func forget(_ user: UserID) {
        for (signIn, entry) in entries where entry.state?.user == user { entries[signIn] = nil }
        // Whose look-ups are under way is not known before the answer.
        overtaken.formUnion(lookUps.keys)
    }

    /// Postgres is asked before anybody is let in again; while it is away, what was known serves. On the loop.
    func doubtEverything() {
        for signIn in entries.keys { entries[signIn]?.isDoubtful = true }
    }
}

extension Problem {
    /// No token of this hub's, or of a sign-in that is over.
    static let tokenInvalid = refused(.tokenInvalid, "The token is not valid; sign in again")
    /// Its time is over, or the password has changed; the sign-in goes on.
    static let tokenExpired = refused(.tokenExpired, "The access token has expired; refresh it")

    /// As RFC 6750, section 3.1, has it.
    private static func refused(_ code: ErrorCode, _ message: String) -> Problem {
        var problem = Problem(code, message)
        problem.challenges = [#"Bearer realm="presence-hub", error="invalid_token""#]
        return problem
    }
}
