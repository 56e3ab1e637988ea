import EventLoop
import Glibc
import HubTesting
import Model
import Persistence
import Telemetry

/// What all tests of this target share.
enum Support {
    /// How long anything may take before a test fails; nothing waits for it to pass. Long, because the machine may be
    /// busy with something else.
    static let patience = Duration.seconds(30)

    /// Where clients and helpers live; the hubs have loops of their own.
    static let loops: LoopGroup = {
        do throws(LoopError) {
            return try LoopGroup.start(count: 2)
        } catch {
            fatalError("no loops for the tests: \(error)")
        }
    }()

    static var loop: Loop { loops.loops[0] }

    /// The database that libpq calls so, for the test's own look at it. What a test asks of it may take as long as anything else.
    static func database(_ url: String) -> Database {
        let database = Database(url: url, limits: .patient(connectionsPerLoop: 1), on: [loop])
        database.start()
        return database
    }

    /// Waits until `condition` holds, looking every few milliseconds.
    ///
    /// - Throws: ``Overdue`` after ``patience``.
    static func eventually(
        _ what: String, within limit: Duration = patience, _ condition: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !condition() {
            guard ContinuousClock.now < deadline else { throw Overdue(what: what) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// Something that should have happened has not.
struct Overdue: Error, CustomStringConvertible {
    let what: String
    var description: String { "not in time: \(what)" }
}

extension Loop {
    /// Runs `body` on the loop and waits for its answer.
    func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            execute { continuation.resume(returning: body()) }
        }
    }
}

extension Timestamp {
    /// The machine's time of day.
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

extension DeviceID {
    static func random() -> DeviceID { DeviceID(UniqueID.version7(at: .now)) }
}

extension GroupID {
    /// A group nobody else uses.
    ///
    /// - Parameter loop: On which loop of a hub with two it is to live; any if `nil`.
    static func fresh(_ name: String = "group", onLoop loop: Int? = nil) -> GroupID {
        while true {
            let text = "\(name)-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
            guard let group = GroupID(text) else { preconditionFailure("\(text) is no group's name") }
            // Hubs and tests share the rule by which a loop is chosen, and have two each.
            if let loop, Support.loops.loop(forKey: text).index != loop { continue }
            return group
        }
    }
}

extension Fix {
    /// A fix that the rules take.
    static func sample(
        at moment: Timestamp = .now, latitude: Double = 48.2082, longitude: Double = 16.3738
    ) -> Fix {
        Fix(capturedAt: moment, latitude: latitude, longitude: longitude, accuracy: 8)
    }

    /// `count` fixes a second apart, the last at `end`.
    static func samples(_ count: Int, until end: Timestamp = .now) -> [Fix] {
        (0..<count).map { index in
            .sample(
                at: end.advanced(by: .seconds(index + 1 - count)), latitude: 48 + Double(index) / 1000,
                longitude: 16 + Double(index) / 1000)
        }
    }
}
