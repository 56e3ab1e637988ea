import Testing

@testable import hubctl

@Suite struct `The arguments of a command` {
    private let options = [
        Option("group", .value("G"), required: true, "the group"), Option("track", .values("FILE"), "tracks"),
        Option("count", .value("N"), "how many"), Option("for", .value("TIME"), "how long"), Option("json", "JSON"),
    ]

    private func parse(_ words: [String], operands: [Operand] = []) throws(CommandFailure) -> Arguments {
        try Arguments(words, options: options, operands: operands)
    }

    @Test func `options, files and flags may stand in any order`() throws {
        let arguments = try parse(["--track", "a.csv", "b.gpx", "--json", "--group=g1", "--track", "c.csv"])
        #expect(arguments.text("group") == "g1")
        #expect(arguments.texts("track") == ["a.csv", "b.gpx", "c.csv"])
        #expect(arguments.has("json"))
        #expect(!arguments.has("count"))
    }

    @Test func `the last value given counts, and a value may look like a negative number`() throws {
        let arguments = try parse(["--group", "a", "--group", "b", "--count", "-3"])
        #expect(arguments.text("group") == "b")
        #expect(arguments.text("count") == "-3")
    }

    @Test func `what follows two hyphens is an operand`() throws {
        let arguments = try parse(["--group", "g", "--", "--json"], operands: [Operand("GROUP", "the group")])
        #expect(arguments.operands == ["--json"])
        #expect(!arguments.has("json"))
    }

    @Test(arguments: [
        (["--group"], "--group G: the value is missing"), ([], "--group G is missing"),
        (["--group", "g", "--track"], "--track FILE…: the value is missing"),
        (["--group", "g", "--track", "--json"], "--track FILE…: the value is missing"),
        (["--group", "g", "--jsn"], "unknown option --jsn"), (["--group", "g", "-j"], "unknown option -j"),
        (["--group", "g", "--json=yes"], "--json takes no value"), (["--group", "g", "x"], "unexpected argument 'x'"),
    ])
    func `a wrong command line is told what is wrong`(words: [String], message: String) {
        #expect(throws: CommandFailure.usage(message)) { try parse(words) }
    }

    @Test func `a missing operand is named`() {
        #expect(throws: CommandFailure.usage("GROUP is missing")) {
            try parse(["--group", "g"], operands: [Operand("GROUP", "the group")])
        }
    }

    @Test(arguments: [("30", 30.0), ("30s", 30), ("250ms", 0.25), ("1.5m", 90), ("2h", 7200)])
    func `a time has a unit or is seconds`(text: String, seconds: Double) throws {
        #expect(try parse(["--group", "g", "--for", text]).duration("for") == .seconds(seconds))
    }

    @Test(arguments: ["", "s", "-1s", "1d", "nan", "1e99", "ms"])
    func `a time that is none is refused`(text: String) throws {
        let arguments = try parse(["--group", "g", "--for", text])
        #expect(throws: CommandFailure.self) { try arguments.duration("for") }
    }

    @Test(arguments: [("5", 5), ("20", 20)])
    func `a number within its range is taken`(text: String, value: Int) throws {
        #expect(try parse(["--group", "g", "--count", text]).integer("count", in: 5...20) == value)
    }

    @Test(arguments: ["4", "21", "x", "5.5", ""])
    func `a number out of its range is refused`(text: String) throws {
        let arguments = try parse(["--group", "g", "--count", text])
        #expect(throws: CommandFailure.self) { try arguments.integer("count", in: 5...20) }
    }

    @Test(arguments: [("10x", ReplaySpeed.times(10)), ("2.5", .times(2.5)), ("1x", .times(1)), ("max", .unlimited)])
    func `a speed is a factor or max`(text: String, speed: ReplaySpeed) throws {
        #expect(try ReplaySpeed(text) == speed)
    }

    @Test(arguments: ["0.5x", "0", "-1x", "fast", "x", "inf", "nanx", ""])
    func `a speed below 1 or of no sense is refused`(text: String) {
        #expect(throws: CommandFailure.self) { try ReplaySpeed(text) }
    }
}
