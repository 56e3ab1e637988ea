import Synchronization
import Testing

@testable import TerminalText

@Suite struct `The display of a task` {
    /// A terminal, or a file, and a clock that is moved by hand.
    private final class Stage: Sendable {
        private let time = Mutex(Duration.zero)
        private let written = Mutex<[String]>([])
        let width = Mutex(80)

        func display(_ medium: ProgressPolicy.Medium?) -> ProgressDisplay {
            ProgressDisplay(
                medium, clock: { [self] in time.withLock { $0 } }, columns: { [self] in width.withLock { $0 } },
                write: { [self] text in written.withLock { $0.append(text) } })
        }

        func pass(_ duration: Duration) { time.withLock { $0 += duration } }

        /// What was written since the last time.
        func take() -> [String] {
            written.withLock { texts in
                defer { texts = [] }
                return texts
            }
        }
    }

    private let stage = Stage()

    // MARK: On a terminal

    @Test func `draws one line in place, at most ten times a second`() {
        let display = stage.display(.terminal)
        display.begin("dumping", .bytes, total: 1_000_000)
        for step in 1...1000 {
            stage.pass(.milliseconds(1))
            display.move(to: Int64(step * 1000))
        }
        let written = stage.take()
        #expect((10...11).contains(written.count))
        #expect(written.allSatisfy { $0.hasPrefix("\r\u{1b}[K") && !$0.contains("\n") })
        display.end()
        #expect(stage.take() == ["\r\u{1b}[K"])
        // What comes too late is not shown.
        display.move(to: 5)
        display.end()
        #expect(stage.take() == [])
    }

    @Test func `draws no more often because steps are short`() {
        let display = stage.display(.terminal)
        for step in 1...100 {
            display.begin("step \(step)", .count("things"), total: 1)
            stage.pass(.milliseconds(10))
        }
        #expect(stage.take().count == 10)
        display.stop()
        #expect(stage.take() == ["\r\u{1b}[K"])
    }

    @Test(arguments: [0, 1, 10, 40, 80])
    func `stays within the terminal, however wide it is now`(width: Int) throws {
        let display = stage.display(.terminal)
        display.begin("dumping the database", .bytes, total: 1_000_000)
        _ = stage.take()
        stage.width.withLock { $0 = width }
        stage.pass(.seconds(2))
        display.move(to: 500_000)
        let line = try #require(stage.take().first).dropFirst("\r\u{1b}[K".count)
        #expect(DisplayWidth.of(String(line)) <= max(0, width - 1))
        #expect(width < 10 || line.contains("50 %"))
    }

    @Test func `shows time that passes while nothing is done`() throws {
        let display = stage.display(.terminal)
        display.begin("making indexes", .time)
        stage.pass(.seconds(5))
        display.tick()
        #expect(try #require(stage.take().last).hasSuffix("making indexes  0:05"))
    }

    // MARK: Elsewhere

    @Test func `writes a line at the beginning, at tenths and at the end`() {
        let display = stage.display(.lines)
        display.begin("dumping", .bytes, total: 10_000_000)
        for step in 1...20 {
            stage.pass(.seconds(2))
            display.move(to: Int64(step * 500_000))
        }
        display.end()
        let lines = stage.take()
        #expect(lines.first == "dumping: started, 10.0 MB\n")
        #expect(lines.last == "dumping: done, 10.0 MB in 0:40, 250.0 kB/s\n")
        // 10 % … 90 %
        #expect(lines.count == 11)
        #expect(lines[1].hasPrefix("dumping: 10 %, 1.0 MB of 10.0 MB, 250.0 kB/s, 0:36 left"))
        #expect(!lines.joined().contains("\u{1b}") && !lines.joined().contains("\r"))
    }

    @Test func `of a short task are two lines`() {
        let display = stage.display(.lines)
        display.begin("dumping", .count("tables"), total: 20)
        for step in 1...20 { display.move(to: Int64(step)) }
        display.stop()
        #expect(stage.take() == ["dumping: started, 20 tables\n", "dumping: stopped, 20 tables in 0:00\n"])
    }

    @Test func `writes a line every ten seconds if there is no end`() {
        let display = stage.display(.lines)
        display.begin("exporting", .bytes)
        for _ in 1...300 {
            stage.pass(.milliseconds(100))
            display.advance(by: 1000)
        }
        #expect(stage.take().count == 4)
    }

    @Test func `ends a step with the next one`() {
        let display = stage.display(.lines)
        display.begin("one", .time)
        display.begin("two", .time)
        display.end()
        #expect(
            stage.take() == [
                "one: started\n", "one: done in 0:00\n", "two: started\n", "two: done in 0:00\n",
            ])
    }

    // MARK: Nowhere

    @Test func `is silent if asked to be`() async {
        let display = stage.display(nil)
        #expect(!display.isShown && !display.isDrawing)
        let value = await display.showing {
            display.begin("dumping", .bytes, total: 10)
            stage.pass(.seconds(60))
            display.move(to: 10)
            return 7
        }
        #expect(value == 7)
        #expect(stage.take() == [])
    }

    // MARK: The whole of it

    private struct Failure: Error, Equatable {}

    @Test func `ends with what it shows, and says if that failed`() async throws {
        let display = stage.display(.lines)
        await #expect(throws: Failure()) {
            try await display.showing { () throws(Failure) in
                display.begin("dumping", .bytes)
                throw Failure()
            }
        }
        #expect(stage.take() == ["dumping: started\n", "dumping: stopped, 0.0 kB in 0:00\n"])
    }

    @Test func `counts up to the largest number`() {
        let display = stage.display(.lines)
        display.begin("dumping", .count("rows"))
        display.advance(by: .max)
        display.advance(by: .max)
        display.end()
        #expect(stage.take().last == "dumping: done, 9,223,372,036,854,775,807 rows in 0:00\n")
    }
}
