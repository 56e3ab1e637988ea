import Measuring
import Model

/// Whether every message reaches every member exactly once, in order and without gaps, though clients vanish and the hub
/// is killed.
struct DeliveryRun: Sendable {
    let settings: ChatSettings
    let hub: HubUnderTest
    /// How often the hub is killed.
    let kills: Int
    /// How long the hub serves at least between two kills.
    var respite = Duration.seconds(2)

    /// - Returns: Whether everything was as it must be.
    func measure() async throws(Failure) -> Bool {
        let conversing = try await Conversing.begin(settings)
        _ = await conversing.takeTally()
        let messages = settings.messages ?? Int(settings.rate * 60)
        // As long as it takes: the number of messages ends it.
        let clock = MeasurementClock(
            start: MonotonicTime.now + 200_000_000, warmup: .zero, duration: .seconds(24 * 3600))
        Console.note("sending \(Figures.grouped(messages)) messages")
        conversing.send(clock, rate: settings.rate, messages: messages)
        let absences = try await killHubs(while: conversing, expected: Double(messages) / settings.rate)
        _ = await conversing.wait(.seconds(24 * 3600)) { $0.isDone }
        Console.note("everything is sent; waiting until everybody has everything")
        let isSettled = await conversing.wait(.seconds(120), settling: true) { $0.settled == $0.conversations }
        let seconds = Double(MonotonicTime.now - clock.start) / 1e9
        let tally = await conversing.takeTally()
        let records = await conversing.finish()
        Console.note("comparing with what is listed")
        var generator = SeededGenerator(seed: settings.seed)
        let readers = records.map { _ in Int.random(in: 0..<settings.members, using: &generator) }
        let listing = Listing(people: conversing.people)
        let listed = try listing.read(renewing(records, with: conversing.people)) { readers[$0 % readers.count] }
        let report = DeliveryReport(
            settings: settings, tally: tally, records: records, listed: listed, absences: absences, kills: kills,
            seconds: seconds, isSettled: isSettled)
        for line in report.lines { Console.line(line) }
        return report.isSound
    }

    /// The same with tokens that are still good.
    private func renewing(
        _ records: [ConversationRecord], with people: People
    ) throws(Failure) -> [ConversationRecord] {
        let stale = records.indices.filter { index in records[index].accounts.contains { !$0.isFresh } }
        var records = records
        for index in stale {
            let accounts = records[index].accounts
            let answers = try people.perform(accounts.map { people.address.login($0) }, "a sign-in")
            let renewed = zip(accounts, answers).compactMap { $0.renewed(by: $1) }
            guard renewed.count == accounts.count else { throw Failure("a sign-in brought no tokens") }
            records[index].accounts = renewed
        }
        return records
    }

    /// Kills the hub at random times while messages are sent.
    ///
    /// - Parameter expected: Seconds that sending takes.
    /// - Returns: How long nobody served, each time.
    private func killHubs(while conversing: Conversing, expected: Double) async throws(Failure) -> [Duration] {
        var generator = SeededGenerator(seed: settings.seed &+ 17)
        let start = MonotonicTime.now
        let times = (0..<kills).map { _ in generator.number(in: 0.02...0.95) * expected }.sorted()
        var absences: [Duration] = []
        var earliest: UInt64 = 0
        for time in times {
            let moment = max(start + UInt64(time * 1e9), earliest)
            while MonotonicTime.now < moment {
                let left = moment - min(moment, MonotonicTime.now)
                try? await Task.sleep(for: .nanoseconds(Int64(min(left, 200_000_000))))
            }
            // A kill when nothing is sent shows nothing.
            guard await !conversing.progress().isDone else { break }
            let absence = try await hub.replace()
            absences.append(absence)
            Console.note(
                "killed the hub (\(absences.count) of \(kills)); another served "
                    + "\(Figures.decimal(absence / .seconds(1), 2)) s later")
            earliest = MonotonicTime.now + UInt64(respite / .nanoseconds(1))
        }
        return absences
    }
}
