import Actors
import HubTesting
import Model
import Testing

/// A directory with everything around it in memory, moved by hand.
final class LiveWorld {
    let clock = ManualClock()
    let scheduler: ManualScheduler
    let store = InMemoryDeviceStore()
    let journal: InMemoryFixJournal
    let log = FrameLog()
    let directory: LiveDirectory
    let group: GroupID

    init(limits: LiveLimits = LiveLimits(), group: String = "walkers") throws {
        scheduler = ManualScheduler(clock: clock)
        journal = InMemoryFixJournal(committingTo: store)
        self.group = try #require(GroupID(group))
        directory = LiveDirectory(
            store: store, journal: journal, encoder: log, clock: clock, scheduler: scheduler, limits: limits)
    }

    /// Everything must be let go of again: the actors hold each other while they are in memory.
    deinit {
        let directory = directory
        scheduler.turn { directory.assumeIsolated { $0.close() } }
    }

    static func deviceID(_ number: Int) -> DeviceID { DeviceID(UniqueID(high: 7, low: UInt64(number))) }

    static func fix(_ seconds: Int, latitude: Double = 48.2, provider: String? = nil) -> Fix {
        Fix(
            capturedAt: Timestamp(milliseconds: 1_767_225_600_000 + Int64(seconds) * 1000), latitude: latitude,
            longitude: 16.4, accuracy: 5, provider: provider)
    }

    // MARK: Membership

    /// Registers in the store alone.
    @discardableResult
    func register(
        _ number: Int, named name: String? = nil, in group: GroupID? = nil, platform: String? = nil
    ) throws -> RegistrationOutcome {
        let store = store
        let registration = DeviceRegistration(
            id: LiveWorld.deviceID(number), displayName: name ?? "Device \(number)", group: group ?? self.group,
            platform: platform)
        let now = clock.now
        return try scheduler.complete { () async -> Result<RegistrationOutcome, DeviceStoreError> in
            do throws(DeviceStoreError) {
                return .success(try await store.register(registration, limit: 20, at: now))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    /// Registers and tells the directory, a millisecond after whatever was before.
    @discardableResult
    func join(_ number: Int, named name: String? = nil, in group: GroupID? = nil) throws -> RegistrationOutcome {
        scheduler.advance(by: .milliseconds(1))
        let outcome = try register(number, named: name, in: group)
        tell(outcome)
        return outcome
    }

    func tell(_ outcome: RegistrationOutcome) {
        let directory = directory
        scheduler.turn { directory.assumeIsolated { $0.registered(outcome) } }
    }

    func deactivate(_ number: Int) throws {
        scheduler.advance(by: .milliseconds(1))
        let store = store
        let now = clock.now
        let device = scheduler.complete { try? await store.deactivate(LiveWorld.deviceID(number), at: now) }
        tellDeactivated(try #require(device ?? nil), at: now)
    }

    func tellDeactivated(_ device: Device, at moment: Timestamp) {
        let directory = directory
        scheduler.turn { directory.assumeIsolated { $0.deactivated(device, at: moment) } }
    }

    // MARK: Finding

    /// Begins to look a group up.
    func search(_ group: GroupID? = nil) -> Search {
        let directory = directory
        let group = group ?? self.group
        let search = Search()
        scheduler.turn {
            directory.assumeIsolated { $0.find(group) { search.results.append($0) } }
        }
        return search
    }

    func find(_ group: GroupID? = nil) throws -> Result<GroupActor, LiveUnavailable> {
        let search = search(group)
        try #require(search.results.count == 1)
        return search.results[0]
    }

    func load(_ group: GroupID? = nil) throws -> GroupActor { try find(group).get() }

    func loadedGroup(_ group: GroupID? = nil) -> GroupActor? {
        let directory = directory
        let group = group ?? self.group
        return scheduler.turn { directory.assumeIsolated { $0.loadedGroup(group) } }
    }

    func device(_ number: Int) throws -> DeviceActor {
        let directory = directory
        let device = scheduler.turn { directory.assumeIsolated { $0.loadedDevice(LiveWorld.deviceID(number)) } }
        return try #require(device)
    }

    /// Turns the loop until `condition` holds. A continuation that is resumed comes back to its loop by way of another
    /// thread, so there is no telling in which turn.
    func settle(until condition: () -> Bool) async {
        while !condition() {
            scheduler.turn()
            await Task.yield()
        }
    }

    var counters: LiveCounters {
        let directory = directory
        return scheduler.turn { directory.assumeIsolated { $0.counters } }
    }

    // MARK: Watching

    /// Watches the group and starts with its snapshot, as a session does.
    func watch(_ group: GroupID? = nil, in dialect: Dialect = .json) throws -> Watcher {
        let watcher = Watcher(log, dialect)
        let actor = try load(group)
        let snapshot = scheduler.turn {
            actor.assumeIsolated { group in
                Result { () throws(LiveUnavailable) in try group.observe(watcher) }
            }
        }
        watcher.apply(.snapshot(try snapshot.get(), re: 1))
        _ = watcher.takeReceived()
        return watcher
    }

    /// As ``watch(_:)``, packed.
    func watchPacked() throws -> PackedWatcher {
        let watcher = PackedWatcher()
        let actor = try load()
        let first = scheduler.turn {
            actor.assumeIsolated { group in
                Result { () throws(LiveUnavailable) in
                    group.frame(of: try group.observe(watcher), re: 1, in: .packed)
                }
            }
        }
        watcher.take(try first.get())
        _ = watcher.takeReceived()
        return watcher
    }

    func drained(_ watcher: any ShowingObserver, in group: GroupActor) {
        watcher.isStalled = false
        scheduler.turn { group.assumeIsolated { $0.drained(watcher) } }
    }

    func snapshot(of group: GroupActor) -> [DeviceID: LiveMember] {
        let snapshot = scheduler.turn { group.assumeIsolated { $0.snapshot() } }
        return Dictionary(uniqueKeysWithValues: snapshot.members.map { ($0.device.id, $0) })
    }
}

/// What a look-up came to, once it has; touched by whoever moves the loop.
final class Search: @unchecked Sendable {
    var results: [Result<GroupActor, LiveUnavailable>] = []
}

extension DeviceActor {
    /// Reports at once, within a turn.
    @discardableResult
    nonisolated func reportNow(_ fix: Fix, at moment: Timestamp) -> Result<ReportOutcome, ReportRefusal> {
        assumeIsolated { device in
            Result { () throws(ReportRefusal) in try device.report(fix, receivedAt: moment, receipt: nil) }
        }
    }
}

/// A session that notes what it is told.
final class Session: DeviceSession, @unchecked Sendable {
    enum Word: Equatable {
        case moved(GroupID)
        case deactivated
        case erased
        case superseded
    }

    private(set) var words: [Word] = []

    func deviceMoved(to group: GroupID) { words.append(.moved(group)) }
    func deviceDeactivated() { words.append(.deactivated) }
    func deviceErased() { words.append(.erased) }
    func deviceSuperseded() { words.append(.superseded) }
}
