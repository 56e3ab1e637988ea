import EventLoop
import FeatureKit
import HTTP
import HubTesting
import Model
import Synchronization
import Telemetry
import Testing

@testable import Hub

@Suite struct `A ring of keys` {
    @Test func `asks once for a key that many bring at the same time`() async throws {
        let loop = try Loop.start()
        let store = KeyStoreStub()
        let ring = makeRing(on: loop, store)
        store.hold()
        async let answers = withTaskGroup(of: Bool.self) { tasks in
            for _ in 0..<100 { tasks.addTask { await isAdmitted(by: ring, on: loop) } }
            return await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        // Whoever comes now comes behind the hundred, or is one more of them.
        while store.lookUps == 0 { await Task.yield() }
        store.release()
        #expect(await answers == 100)
        #expect(store.lookUps == 1)
        await loop.stop()
    }

    @Test func `lets a known key in while the database is away, and does not wait for it every time`() async throws {
        let loop = try Loop.start()
        let store = KeyStoreStub()
        let ring = makeRing(on: loop, store, freshness: .milliseconds(20), patience: .milliseconds(20))
        #expect(await isAdmitted(by: ring, on: loop))
        store.fail()
        await withCheckedContinuation { done in
            loop.execute {
                let timer = Mutex<LoopTimer?>(nil)
                let due = loop.schedule(after: .milliseconds(50)) {
                    done.resume()
                    timer.withLock { $0 = nil }
                }
                timer.withLock { $0 = due }
            }
        }
        let (first, second) = await Task(executorPreference: loop) {
            let first = await isAdmitted(by: ring, on: loop)
            // In the turn of the answer, which is the newest there can be.
            guard case .decided(.success) = ring.authenticate(request) else { return (first, false) }
            return (first, true)
        }.value
        #expect(first && second)
        #expect(store.lookUps == 2)
        await loop.stop()
    }

    @Test func `asks for a key anew once it doubts it, and lets it in while it cannot ask`() async throws {
        let loop = try Loop.start()
        let store = KeyStoreStub()
        let ring = makeRing(on: loop, store)
        #expect(await isAdmitted(by: ring, on: loop))
        #expect(await isAdmitted(by: ring, on: loop))
        #expect(store.lookUps == 1)
        await loop.run { ring.doubtEverything() }
        #expect(await isAdmitted(by: ring, on: loop))
        #expect(store.lookUps == 2)
        store.fail()
        await loop.run { ring.doubtEverything() }
        #expect(await isAdmitted(by: ring, on: loop))
        #expect(store.lookUps == 3)
        // Nobody else waits for a database that is away.
        #expect(await isAdmitted(by: ring, on: loop))
        #expect(store.lookUps == 3)
        await loop.stop()
    }

    @Test func `lets nobody in with a key it cannot ask for`() async throws {
        let loop = try Loop.start()
        let store = KeyStoreStub()
        store.fail()
        #expect(await isAdmitted(by: makeRing(on: loop, store), on: loop) == false)
        await loop.stop()
    }

    private func makeRing(
        on loop: Loop, _ store: KeyStoreStub, freshness: Duration = .seconds(5), patience: Duration = .seconds(30)
    ) -> KeyRing {
        KeyRing(
            on: loop, store: store, tickets: NoTickets(), clock: ManualClock(),
            log: Logger("keys", output: LogOutput(level: .error, format: .json)), freshness: freshness,
            patience: patience)
    }
}

private let request: HTTPRequest = {
    do throws(HTTPRefusal) {
        return try HTTPRequest(.get, "/api/v1/devices", headers: ["X-API-Key": "pm_known"])
    } catch {
        fatalError("the request is none: \(error)")
    }
}()

private func isAdmitted(by ring: KeyRing, on loop: Loop) async -> Bool {
    await Task(executorPreference: loop) {
        let result: Result<Principal, Problem>
        switch ring.authenticate(request) {
        case .decided(let decided): result = decided
        case .pending(let lookUp): result = await lookUp()
        }
        if case .success = result { return true } else { return false }
    }.value
}

/// Knows every key by the same name; fails and waits on command.
private final class KeyStoreStub: APIKeyStore {
    private struct State {
        var lookUps = 0
        var fails = false
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let known = APIKey(
        id: APIKeyID(UniqueID.version7(at: ManualClock().now)), prefix: "pm_known", name: "known", isAdmin: false,
        isActive: true,
        createdAt: ManualClock().now, expiresAt: nil)

    var lookUps: Int { state.withLock { $0.lookUps } }

    func fail() { state.withLock { $0.fails = true } }

    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        let held = state.withLock { state in
            state.isHeld = false
            defer { state.held = [] }
            return state.held
        }
        for waiter in held { waiter.resume() }
    }

    func key(hash: [UInt8]) async throws(DeviceStoreError) -> APIKey? {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                state.lookUps += 1
                if state.isHeld { state.held.append(continuation) }
                return state.isHeld
            }
            if !waits { continuation.resume() }
        }
        guard !state.withLock({ $0.fails }) else { throw .unavailable }
        return known
    }

    func key(id: APIKeyID) async throws(DeviceStoreError) -> APIKey? { known }
    func insert(_ key: APIKey, hash: [UInt8]) async throws(DeviceStoreError) {}
    func list() async throws(DeviceStoreError) -> [APIKey] { [known] }
    func revoke(idOrPrefix: String, at now: Timestamp) async throws(DeviceStoreError) -> [APIKey] { [] }
    func touch(_ uses: [APIKeyID: Timestamp]) async throws(DeviceStoreError) {}
}

private struct NoTickets: StreamTicketStore {
    func insert(_ ticket: StreamTicket, hash: [UInt8]) async throws(DeviceStoreError) {}
    func redeem(hash: [UInt8], at now: Timestamp) async throws(DeviceStoreError) -> StreamTicket? { nil }
    func removeExpired(at now: Timestamp) async throws(DeviceStoreError) -> Int { 0 }
}
