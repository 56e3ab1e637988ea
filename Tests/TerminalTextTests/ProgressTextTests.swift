import Testing

@testable import TerminalText

@Suite struct `What is said of a task` {
    private func meter(_ done: Int64, of total: Int64?, isEstimate: Bool = false, seconds: Int = 10) -> ProgressMeter {
        var meter = ProgressMeter(total: total, isEstimate: isEstimate, at: .zero)
        for step in 1...seconds {
            meter.move(to: Int64(Double(done) / Double(seconds) * Double(step)), at: .seconds(step))
        }
        return meter
    }

    @Test func `is one line with all there is to know`() {
        let text = ProgressText("dumping", .bytes, meter(12_000_000, of: 48_000_000), details: ["two tables"])
        #expect(
            text.line(width: 200)
                == "dumping  [====>               ]  25 %  12.0 MB of 48.0 MB  1.2 MB/s  0:30 left  two tables")
        #expect(text.beginning == "dumping: started, 48.0 MB")
        #expect(text.going == "dumping: 25 %, 12.0 MB of 48.0 MB, 1.2 MB/s, 0:30 left, two tables")
        #expect(text.ending(isWhole: true) == "dumping: done, 12.0 MB in 0:10, 1.2 MB/s, two tables")
        #expect(text.ending(isWhole: false) == "dumping: stopped, 12.0 MB in 0:10, 1.2 MB/s, two tables")
    }

    @Test func `says where it is an estimate`() {
        let text = ProgressText("dumping", .bytes, meter(12_000_000, of: 48_000_000, isEstimate: true))
        #expect(
            text.line(width: 200)
                == "dumping  [====>               ]  about 25 %  12.0 MB of about 48.0 MB  1.2 MB/s  about 0:30 left")
        #expect(text.beginning == "dumping: started, about 48.0 MB")
    }

    @Test func `without an end tells how long it has taken`() {
        let text = ProgressText("exporting", .bytes, meter(12_340_000, of: nil, seconds: 4))
        #expect(text.line(width: 80) == "exporting  12.3 MB  3.1 MB/s  0:04")
        #expect(text.beginning == "exporting: started")
        #expect(text.going == "exporting: 12.3 MB, 3.1 MB/s")
    }

    @Test func `of which nothing can be counted is the time`() {
        let text = ProgressText("making indexes", .time, meter(0, of: nil, seconds: 65))
        #expect(text.line(width: 80) == "making indexes  1:05")
        #expect(text.going == "making indexes: 1:05")
        #expect(text.ending(isWhole: true) == "making indexes: done in 1:05")
    }

    @Test func `of a time that is known has no rate`() {
        let text = ProgressText("measuring", .time, meter(10_000, of: 30_000))
        #expect(text.line(width: 80) == "measuring  [=====>              ]  33 %  0:10 of 0:30  0:20 left")
    }

    @Test func `of things names them once`() {
        let text = ProgressText("adding up", .count("tables"), meter(10, of: 1200))
        #expect(text.line(width: 80) == "adding up  [                    ]  0 %  10 of 1,200 tables  1.0/s  19:50 left")
    }

    @Test func `is no number of hours that nobody waits for`() {
        let text = ProgressText("dumping", .count("rows"), meter(1, of: .max))
        #expect(text.line(width: 200).hasSuffix("over 99 h left"))
        var all = ProgressMeter(total: .max, at: .zero)
        all.move(to: .max, at: .seconds(2))
        #expect(ProgressText("dumping", .bytes, all).line(width: 200).contains("100 %"))
    }

    @Test(arguments: [
        (0, ""), (1, "…"), (3, "25…"), (4, "25 %"), (10, "25 %"),
        (11, "dump…  25 %"), (40, "dumping  25 %  1.2 MB/s  0:30 left"),
    ])
    func `in a narrow terminal is what matters most`(width: Int, line: String) {
        let text = ProgressText("dumping", .bytes, meter(12_000_000, of: 48_000_000), details: ["two tables"])
        #expect(text.line(width: width) == line)
    }

    @Test func `is never wider than the terminal`() {
        for total in [nil, 0, 48_000_000, .max] as [Int64?] {
            for unit in [.bytes, .time, .count("猫")] as [ProgressUnit] {
                let text = ProgressText("sending 日本語.gpx", unit, meter(12_000_000, of: total), details: ["猫", "x"])
                for width in -1..<150 { #expect(DisplayWidth.of(text.line(width: width)) <= max(0, width)) }
            }
        }
    }
}
