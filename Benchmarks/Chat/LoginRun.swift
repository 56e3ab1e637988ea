import EventLoop
import HTTPClient
import Measuring

/// A storm of sign-ins: people sign in on a timetable, whether or not the hub keeps up, each from an address of their own.
struct LoginRun: Sendable {
    let address: HubAddress
    /// Sign-ins a second.
    let rate: Double
    let duration: Duration
    /// People who sign in, in turn.
    let users: Int

    /// Addresses from which they do: so many that none is refused for what the others of it did.
    private static let addresses = 8192

    /// - Returns: Whether every sign-in was answered, by success or by a wish for patience.
    func measure() async throws(Failure) -> Bool {
        _ = FileLimit.raise()
        var generator = SystemRandomNumberGenerator()
        let people = People(address: address, run: UInt32.random(in: 1...UInt32.max, using: &generator), concurrency: 4)
        Console.note("registering \(Figures.grouped(users)) people")
        let accounts = try people.register(users)
        let loop: Loop
        do throws(LoopError) { loop = try Loop.start() } catch { throw Failure("cannot start an event loop: \(error)") }
        // Whoever waits for the storm to begin reads this line.
        Console.line(
            "signing in \(Figures.decimal(rate, 0)) times a second for "
                + "\(Figures.decimal(duration / .seconds(1), 0)) s")
        let storm = LoginStorm(
            calls: (0..<LoginRun.addresses).map { call(of: accounts[$0 % accounts.count], from: $0) }, rate: rate,
            duration: duration, on: loop)
        let tally = await storm.run()
        await loop.stop()
        for line in tally.lines(seconds: duration / .seconds(1)) { Console.line(line) }
        return tally.isSound
    }

    /// The hub takes the client's address from `X-Forwarded-For` if it is told to trust the loader's.
    private func call(of account: Account, from index: Int) -> HTTPCall {
        var call = address.login(account)
        call.headers.append(("X-Forwarded-For", "10.\(index >> 16 & 255).\(index >> 8 & 255).\(index & 255)"))
        call.timeout = .seconds(60)
        return call
    }
}
