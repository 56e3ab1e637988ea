import Glibc
import Synchronization
import Telemetry
import Testing

@Suite struct `Log lines` {
    @Test func `JSON has time, level, component, message and the fields in order`() throws {
        let pipe = try LogPipe()
        Logger("hub", output: pipe.output).info(
            "listening", ["host": "127.0.0.1", "port": 8080, "ratio": 0.25, "tls": false, "rows": .integer(UInt8(7))])
        #expect(
            pipe.take()
                == #"{"time":"2026-11-20T10:30:00.000Z","level":"info","component":"hub","message":"listening","#
                + #""host":"127.0.0.1","port":8080,"ratio":0.25,"tls":false,"rows":7}"# + "\n")
    }

    @Test(arguments: [
        "plain", "quote \" backslash \\ slash /", "line\nfeed\r\ttab",
        "nul \u{0} escape \u{1B}[2J del \u{7F} csi \u{9B}",
        "äöü 東京 🚲", "separators \u{2028}\u{2029}", "",
    ])
    func `any text comes back from JSON as it was, on one line`(text: String) throws {
        let pipe = try LogPipe()
        Logger("hub", output: pipe.output).info("event", ["text": .string(text)])
        let line = pipe.take()
        #expect(
            line.last == "\n" && line.dropLast().unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        )
        let again = try LogPipe()
        Logger("hub", output: again.output).info("event", ["text": .string(text)])
        #expect(try again.takeObjects().first?["text"] as? String == text)
    }

    @Test(arguments: [(Double.nan, "null"), (.infinity, "null"), (1e300, "1e+300"), (-0.5, "-0.5")])
    func `numbers are JSON's`(number: Double, text: String) throws {
        let pipe = try LogPipe()
        Logger("hub", output: pipe.output).info("event", ["number": .double(number)])
        #expect(pipe.take().hasSuffix("\"number\":\(text)}\n"))
    }

    @Test(arguments: [
        (-1, "1969-12-31T23:59:59.999Z"), (0, "1970-01-01T00:00:00.000Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (4_107_542_399_999, "2100-02-28T23:59:59.999Z"), (1_709_251_199_001, "2024-02-29T23:59:59.001Z"),
    ])
    func `the time is RFC 3339 in UTC`(milliseconds: Int64, text: String) throws {
        let pipe = try LogPipe(time: milliseconds)
        Logger("hub", output: pipe.output).info("event")
        #expect(try pipe.takeObjects().first?["time"] as? String == text)
    }

    @Test func `pretty lines show the time of day, the level and quoted values where it takes quotes`() throws {
        let pipe = try LogPipe(format: .pretty(colour: false))
        let log = Logger("hub", output: pipe.output)
        log.warning(
            "slow", ["host": "localhost", "reason": "two words", "empty": "", "forged": "a=b\nERROR", "ms": 1.5])
        #expect(
            pipe.take()
                == #"10:30:00.000 WARNING hub: slow host=localhost reason="two words" empty="" forged="a=b\nERROR" ms=1.5"#
                + "\n")
    }

    @Test func `colour surrounds the level alone`() throws {
        let pipe = try LogPipe(format: .pretty(colour: true))
        Logger("hub", output: pipe.output).error("lost")
        #expect(pipe.take() == "10:30:00.000 \u{1B}[31mERROR\u{1B}[0m   hub: lost\n")
    }

    @Test func `only events at the level and above are written, and only theirs are evaluated`() throws {
        let pipe = try LogPipe(level: .info)
        let log = Logger("hub", output: pipe.output)
        var evaluated = 0
        func field() -> LogFields {
            evaluated += 1
            return [:]
        }
        log.trace("1", field())
        log.debug("2", field())
        log.info("3", field())
        log.warning("4", field())
        log.error("5", field())
        #expect(try pipe.takeObjects().map { $0["message"] as? String } == ["3", "4", "5"])
        #expect(evaluated == 3)
        pipe.output.level = .error
        #expect(!log.isEnabled(.warning))
        log.warning("6", field())
        #expect(pipe.take().isEmpty)
    }

    @Test func `shared fields and the request's id are on every line of a logger`() throws {
        let pipe = try LogPipe()
        let log = Logger("hub", output: pipe.output).with(["loop": 1]).component("http").with(requestID: "r-1")
        log.info("one", ["status": 200])
        log.info("two")
        let lines = try pipe.takeObjects()
        #expect(lines.map { $0["request_id"] as? String } == ["r-1", "r-1"])
        #expect(lines.map { $0["loop"] as? Int } == [1, 1])
        #expect(lines.map { $0["component"] as? String } == ["http", "http"])
        #expect(lines.map { $0["status"] as? Int } == [200, nil])
    }

    @Test func `a long text is cut at a character, a long line at a field`() throws {
        let pipe = try LogPipe()
        let text = String(repeating: "ä", count: 1_000)
        Logger("hub", output: pipe.output).info("event", ["text": .string(text)])
        #expect(try pipe.takeObjects().first?["text"] as? String == String(repeating: "ä", count: 512) + "…")

        var fields: LogFields = ["first": 1]
        for _ in 0..<10 { fields.append("text", .string(String(repeating: "\u{1}", count: 300))) }
        Logger("hub", output: pipe.output).info("event", fields)
        let line = pipe.take()
        #expect(line.utf8.count <= 4_096)
        #expect(line.contains("\"first\":1") && line.hasSuffix(",\"truncated\":true}\n"))
    }

    @Test func `a reader that does not keep up costs lines, which are counted and told`() throws {
        let pipe = try LogPipe()
        let log = Logger("hub", output: pipe.output)
        var filling = [UInt8](repeating: 0x0A, count: 4_096)
        while write(pipe.writing, &filling, filling.count) > 0 {}
        for _ in 0..<5 { log.info("lost") }
        #expect(pipe.output.droppedLines == 5)
        _ = pipe.take()
        log.info("kept")
        let lines = try pipe.takeObjects()
        #expect(
            lines.map { $0["message"] as? String } == ["log lines were dropped because their reader is slow", "kept"])
        #expect(lines.first?["lines"] as? Int == 5)
        #expect(pipe.output.droppedLines == 0)
    }

    @Test func `lines of many threads never mix`() async throws {
        let pipe = try LogPipe()
        let log = Logger("hub", output: pipe.output)
        await withTaskGroup { group in
            for task in 0..<4 {
                group.addTask { for _ in 0..<50 { log.info("event", ["task": .integer(task)]) } }
            }
        }
        let lines = try pipe.takeObjects()
        #expect(lines.count == 200)
        #expect(lines.allSatisfy { $0["message"] as? String == "event" })
    }

    @Test func `a throttle lets one through in a period and counts the others`() throws {
        let pipe = try LogPipe()
        let log = Logger("hub", output: pipe.output)
        let clock = TestClock()
        let throttle = LogThrottle(every: .seconds(1), now: { clock.nanoseconds.load(ordering: .relaxed) })
        for _ in 0..<4 { log.log(.error, "storm", throttle: throttle) }
        #expect(try pipe.takeObjects().map { $0["repeated"] as? Int } == [nil])
        clock.nanoseconds.store(999_999_999, ordering: .relaxed)
        log.log(.error, "storm", throttle: throttle)
        clock.nanoseconds.store(1_000_000_000, ordering: .relaxed)
        log.log(.error, "storm", throttle: throttle)
        #expect(try pipe.takeObjects().map { $0["repeated"] as? Int } == [4])
    }

    #if DEBUG
        @Test func `a field that promises a position or a secret traps`() async {
            await #expect(processExitsWith: .failure) { let _: LogFields = ["latitude": 1.5] }
            await #expect(processExitsWith: .failure) { let _: LogFields = ["authorization": "Bearer x"] }
            await #expect(processExitsWith: .failure) { let _: LogFields = ["notSnake": 1] }
            await #expect(processExitsWith: .success) { let _: LogFields = ["rows_written": 1] }
        }
    #endif

    @Test func `durations are milliseconds`() {
        #expect(LogValue.milliseconds(.microseconds(1_234_567)) == .double(1234.567))
        #expect(LogValue.milliseconds(.seconds(-1)) == .double(-1000))
        #expect(LogValue.milliseconds(.seconds(Int64.max)) == .double(.infinity))
    }

    @Test func `levels have names`() {
        for level in LogLevel.allCases { #expect(LogLevel(level.name) == level) }
        #expect(LogLevel("warn") == .warning)
        #expect(LogLevel("INFO") == nil)
    }

    @Test func `the format follows the terminal and NO_COLOR`() {
        #expect(LogFormat.automatic(terminal: false, environment: [:]) == .json)
        #expect(LogFormat.automatic(terminal: true, environment: [:]) == .pretty(colour: true))
        #expect(LogFormat.automatic(terminal: true, environment: ["NO_COLOR": "1"]) == .pretty(colour: false))
        #expect(LogFormat.automatic(terminal: true, environment: ["NO_COLOR": ""]) == .pretty(colour: true))
        #expect(LogFormat.automatic(terminal: true, environment: ["TERM": "dumb"]) == .pretty(colour: false))
    }
}

private final class TestClock: Sendable {
    let nanoseconds = Atomic<Int64>(0)
}
