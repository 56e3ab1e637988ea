package import Model
internal import Synchronization

/// Kept answers in memory, with a clock moved by hand.
package final class InMemoryIdempotencyStore: IdempotencyStore {
    private struct Entry {
        var body: [UInt8]
        var claim: Int64
        var lockedUntil: Timestamp
        var createdAt: Timestamp
        var answer: IdempotentAnswer?
    }

    private struct Name: Hashable {
        let caller: String
        let operation: String
        let key: String

        init(_ request: IdempotentRequest) {
            caller = request.caller
            operation = request.operation
            key = request.key
        }
    }

    private struct State {
        var entries: [Name: Entry] = [:]
        var claims: Int64 = 0
        var isAway = false
    }

    private let state = Mutex(State())
    private let clock: ManualClock

    package init(clock: ManualClock = ManualClock()) { self.clock = clock }

    /// How many keys are known.
    package var count: Int { state.withLock { $0.entries.count } }

    /// Has every call fail, as if the database were away.
    package func goAway() { state.withLock { $0.isAway = true } }

    package func claim(
        _ request: IdempotentRequest, lease: Duration
    ) async throws(DeviceStoreError) -> IdempotencyClaim {
        let now = clock.now
        return try withState { state in
            let known = state.entries[Name(request)].flatMap { entry in
                entry.createdAt.advanced(by: IdempotentAnswer.lifetime) > now ? entry : nil
            }
            if let known {
                if known.body != request.body { return .otherBody }
                if let answer = known.answer { return .answered(answer) }
                if known.lockedUntil > now { return .inFlight }
            }
            state.claims += 1
            state.entries[Name(request)] = Entry(
                body: request.body, claim: state.claims, lockedUntil: now.advanced(by: lease), createdAt: now)
            return .granted(state.claims)
        }
    }

    package func keep(
        _ answer: IdempotentAnswer, for request: IdempotentRequest, claim: Int64
    ) async throws(DeviceStoreError) -> Bool {
        try withState { state in
            guard let entry = state.entries[Name(request)], entry.claim == claim, entry.answer == nil else {
                return false
            }
            state.entries[Name(request)]?.answer = answer
            return true
        }
    }

    package func release(_ request: IdempotentRequest, claim: Int64) async throws(DeviceStoreError) {
        try withState { state in
            guard let entry = state.entries[Name(request)], entry.claim == claim, entry.answer == nil else { return }
            state.entries[Name(request)] = nil
        }
    }

    package func removeExpired(limit: Int) async throws(DeviceStoreError) -> Int {
        let now = clock.now
        return try withState { state in
            let old = state.entries.filter { $0.value.createdAt.advanced(by: IdempotentAnswer.lifetime) <= now }
            for name in old.keys.prefix(limit) { state.entries[name] = nil }
            return min(limit, old.count)
        }
    }

    private func withState<Value: Sendable>(
        _ body: (inout State) -> Value
    ) throws(DeviceStoreError) -> Value {
        let value: Value? = state.withLock { state in state.isAway ? nil : body(&state) }
        guard let value else { throw .unavailable }
        return value
    }
}
