import Testing

@testable import hubctl

@Suite struct `The progress of a task` {
    @Test(
        arguments: [
            (0, 100, 5.0, nil), (50, 100, 0.5, nil), (50, 100, 5, "10/s, 0:05 left"), (100, 100, 5, "20/s"),
            (3, 10, 4, "0.8/s, 0:09 left"), (20_000, 1_000_000, 1, "20.0k/s, 0:49 left"),
            (1, 7201, 2, "0.5/s, 4:00:00 left"),
        ] as [(Int, Int, Double, String?)])
    func `is told once it can be`(done: Int, total: Int, seconds: Double, pace: String?) {
        #expect(TaskProgress(done: done, total: total, elapsed: .seconds(seconds)).pace == pace)
    }

    @Test func `bytes are told without an end`() {
        let progress = TaskProgress(done: 12_340_000, elapsed: .seconds(4), unit: .bytes)
        #expect(progress.text == "12.3 MB  3.1 MB/s")
        #expect(TaskProgress(done: 500, elapsed: .zero, unit: .bytes).text == "0.5 kB")
    }

    @Test func `is on the line of a stream where there is room`() {
        let line = ProgressLine(
            sent: 60, acknowledged: 50, total: 100, p50: 900, p99: 2000, reconnects: 0, connected: 1, devices: 1,
            elapsed: .seconds(5))
        #expect(line.text(width: 120).contains("acked 50/100  10/s, 0:05 left  sent 60"))
        for width in 0..<100 { #expect(DisplayWidth.of(line.text(width: width)) <= width) }
    }
}
