/// What is measured.
enum Scenario {
    /// - Returns: Whether it was as it must be.
    static func run(_ options: Options) async throws(Failure) -> Bool {
        switch options.scenario {
        case "delivery": return try await delivery(options)
        case "ceiling": return try await ceiling(options)
        default: return try await logins(options)
        }
    }

    private static func delivery(_ options: Options) async throws(Failure) -> Bool {
        var settings = try settings(options, users: 1000)
        settings.rate = try options.number("rate", in: 1...100_000, default: 500)
        settings.messages = try options.integer("messages", in: 1...100_000_000, default: 200_000)
        settings.life = .seconds(try options.number("life", in: 0.5...100_000, default: 20))
        settings.tickets = try options.number("tickets", in: 0...100, default: 30)
        settings.seed = UInt64(try options.integer("seed", in: 0...Int.max, default: 1))
        return try await DeliveryRun(
            settings: settings, hub: try hub(options),
            kills: try options.integer("kills", in: 0...10_000, default: 20)
        ).measure()
    }

    private static func ceiling(_ options: Options) async throws(Failure) -> Bool {
        var settings = try settings(options, users: 2500)
        settings.rate = try options.number("rate", in: 10...1_000_000, default: 10_000)
        return try await CeilingRun(
            settings: settings, hub: try hub(options),
            duration: .seconds(try options.integer("duration", in: 6...86_400, default: 60)),
            trial: .seconds(try options.integer("trial", in: 6...86_400, default: 20))
        ).measure()
    }

    private static func logins(_ options: Options) async throws(Failure) -> Bool {
        try await LoginRun(
            address: try options.address(), rate: try options.number("rate", in: 1...10_000, default: 200),
            duration: .seconds(try options.integer("duration", in: 1...86_400, default: 40)),
            users: try options.integer("users", in: 1...65_536, default: 200)
        ).measure()
    }

    private static func settings(_ options: Options, users: Int) throws(Failure) -> ChatSettings {
        let users = try options.integer("users", in: 2...100_000, default: users)
        var settings = ChatSettings(address: try options.address())
        settings.members = try options.integer("members", in: 2...100, default: 5)
        guard users % settings.members == 0, users / settings.members <= 65_536 else {
            throw Failure("--users must be a multiple of --members, of at most 65,536 conversations", status: 64)
        }
        settings.conversations = users / settings.members
        settings.loops = try options.integer("loops", in: 1...64, default: 1)
        return settings
    }

    private static func hub(_ options: Options) throws(Failure) -> HubUnderTest {
        HubUnderTest(address: try options.address(), pidFile: try options.text("pid-file"))
    }
}
