import EventLoop
import Measuring
import Model

/// A load of conversations that is set up: everybody registered and connected, nothing sent.
struct Conversing: Sendable {
    let settings: ChatSettings
    let people: People
    let loops: LoopGroup
    let workers: [ChatWorker]

    /// Registers everybody, makes the conversations and connects.
    static func begin(_ settings: ChatSettings) async throws(Failure) -> Conversing {
        if let limit = FileLimit.raise(), limit < settings.users + 128 {
            throw Failure(
                "\(settings.users) connections need as many open files, and the limit is \(limit)", status: 64)
        }
        var generator = SystemRandomNumberGenerator()
        let run = UInt32.random(in: 1...UInt32.max, using: &generator)
        let people = People(address: settings.address, run: run)
        Console.note("registering \(Figures.grouped(settings.users)) people")
        let accounts = try people.register(settings.users)
        Console.note("making \(Figures.grouped(settings.conversations)) conversations")
        let conversations = try people.converse(accounts, members: settings.members)
        let loops: LoopGroup
        do throws(LoopError) {
            loops = try LoopGroup.start(count: settings.loops)
        } catch {
            throw Failure("cannot start the event loops: \(error)")
        }
        let workers = loops.loops.map { ChatWorker(settings: settings, on: $0) }
        for (index, id) in conversations.enumerated() {
            let start = index * settings.members
            workers[index % workers.count].add(
                ChatConversation(id: id, index: index, run: run),
                of: Array(accounts[start..<(start + settings.members)]))
        }
        let conversing = Conversing(settings: settings, people: people, loops: loops, workers: workers)
        Console.note("opening \(Figures.grouped(settings.users)) connections")
        for worker in workers { worker.begin() }
        guard await conversing.wait(.seconds(120), until: { $0.ready == $0.members }) else {
            let tally = await conversing.takeTally()
            throw Failure(
                "not everybody could connect: \(Figures.counts(tally.unopened)) \(Figures.counts(tally.ended)) "
                    + Figures.counts(tally.refusals))
        }
        return conversing
    }

    /// Sends on the timetable.
    func send(_ clock: MeasurementClock, rate: Double, messages: Int?) {
        var left = messages
        for (index, worker) in workers.enumerated() {
            let share = Double(worker.members.count) / Double(settings.users)
            var quota: Int?
            if let all = messages {
                quota = index == workers.count - 1 ? left : Int(Double(all) * share)
                left = left.map { $0 - (quota ?? 0) }
            }
            worker.send(clock, rate: rate * share, quota: quota)
        }
    }

    func progress(settling: Bool = false) async -> ChatWorker.Progress {
        var sum = ChatWorker.Progress()
        for worker in workers {
            let one = await worker.progress(settling: settling)
            sum.members += one.members
            sum.ready += one.ready
            sum.composed += one.composed
            sum.acknowledged += one.acknowledged
            sum.isDone = sum.isDone && one.isDone
            sum.settled += one.settled
            sum.conversations += one.conversations
        }
        return sum
    }

    /// Looks every 100 ms.
    ///
    /// - Returns: Whether it came to that within `patience`.
    func wait(
        _ patience: Duration, settling: Bool = false, until condition: (ChatWorker.Progress) -> Bool
    ) async -> Bool {
        let deadline = MonotonicTime.now + UInt64(patience / .nanoseconds(1))
        while true {
            if condition(await progress(settling: settling)) { return true }
            guard MonotonicTime.now < deadline else { return false }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// The tally so far, which then begins anew.
    func takeTally() async -> ChatTally {
        var tally = ChatTally()
        for worker in workers { tally.add(await worker.takeTally()) }
        return tally
    }

    /// What everybody has, when nothing more is to come; and everybody leaves.
    func finish() async -> [ConversationRecord] {
        var records: [ConversationRecord] = []
        for worker in workers { records += await worker.finish() }
        await loops.stop()
        return records
    }
}
