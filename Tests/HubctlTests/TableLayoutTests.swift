import Model
import TerminalText
import Testing

@testable import hubctl

@Suite struct `A table on a terminal` {
    private let layout = TableLayout(columns: [
        TableLayout.Column(title: "NAME", minimum: 6, stretches: true),
        TableLayout.Column(title: "AGE", alignsRight: true),
        TableLayout.Column(title: "PLACE"),
    ])

    private func rows(_ rows: [[String]]) -> [[TableLayout.Cell]] { rows.map { $0.map { TableLayout.Cell(text: $0) } } }

    @Test func `aligns its columns`() {
        let lines = layout.lines(
            rows([["Ada", "3 s", "48.1, 17.2"], ["Bartholomew", "12 min", "-"]]), width: 80, height: 10,
            isColoured: false)
        #expect(
            lines == [
                "NAME            AGE  PLACE     ",
                "Ada             3 s  48.1, 17.2",
                "Bartholomew  12 min  -         ",
            ])
    }

    @Test func `cuts what stretches, then leaves out the last columns`() {
        let table = rows([["Bartholomew", "12 min", "48.1, 17.2"]])
        #expect(
            layout.lines(table, width: 28, height: 9, isColoured: false) == [
                "NAME         AGE  PLACE     ", "Barthol…  12 min  48.1, 17.2",
            ])
        #expect(layout.lines(table, width: 20, height: 9, isColoured: false) == ["NAME       AGE", "Barth…  12 min"])
        for width in 0..<40 {
            for line in layout.lines(table, width: width, height: 9, isColoured: false) {
                #expect(DisplayWidth.of(line) <= max(width, 0), "\(width): \(line)")
            }
        }
    }

    @Test func `says how many rows did not fit`() {
        let table = rows((1...9).map { ["n\($0)", "1", "x"] })
        let lines = layout.lines(table, width: 20, height: 5, isColoured: false)
        #expect(lines.count == 5)
        #expect(lines[4].hasPrefix("… 6 more"))
        #expect(layout.lines(table, width: 20, height: 10, isColoured: false).count == 10)
        #expect(layout.lines(table, width: 20, height: 0, isColoured: false).isEmpty)
    }

    @Test func `colours cells without changing their width`() {
        let row = [
            TableLayout.Cell(text: "Ada", style: .green), TableLayout.Cell(text: "1"), TableLayout.Cell(text: "x"),
        ]
        let lines = layout.lines([row], width: 30, height: 5, isColoured: true)
        #expect(lines[1].hasPrefix("\u{1b}[32mAda \u{1b}[0m  "))
    }

    @Test(arguments: [("Ada", 3), ("日本", 4), ("🙂", 2), ("👩‍👩‍👧", 2), ("é", 1), ("e\u{301}", 1), ("", 0)])
    func `knows how wide text is`(text: String, width: Int) {
        #expect(DisplayWidth.of(text) == width)
    }

    @Test func `cuts wide characters whole`() {
        #expect(DisplayWidth.fitted("日本語", to: 4) == "日… ")
        #expect(DisplayWidth.fitted("日本語", to: 6) == "日本語")
        #expect(DisplayWidth.fitted("ab", to: 4, alignRight: true) == "  ab")
    }

    @Test func `shows no control characters of foreign names`() {
        #expect(PlainText.line("a\u{1b}[2Jb\nc\u{202e}d\u{7}") == "a [2Jb c d ")
    }

    @Test(arguments: [
        (0.0, "[          ]"), (0.5, "[====>     ]"), (1.0, "[==========]"), (7.0, "[==========]"),
        (-1, "[          ]"),
        (0.1, "[>         ]"),
    ])
    func `draws a bar`(fraction: Double, bar: String) {
        #expect(ProgressBar.text(fraction: fraction, width: 12) == bar)
    }

    @Test func `writes numbers as people read them`() {
        #expect(Quantity.decimal(48.148599, 5) == "48.14860")
        #expect(Quantity.decimal(-0.000001, 5) == "0.00000")
        #expect(Quantity.decimal(-17.1, 2) == "-17.10")
        #expect(Quantity.decimal(2.5, 0) == "3")
        #expect(Quantity.grouped(1_234_567) == "1,234,567")
        #expect(Quantity.grouped(-999) == "-999")
        #expect(Quantity.short(12_345) == "12.3k")
        #expect(Quantity.latency(850) == "850 µs")
        #expect(Quantity.latency(12_340) == "12.3 ms")
        #expect(Quantity.latency(1_200_000) == "1.20 s")
        #expect(
            ["0", "59", "60", "3600", "200000"].map { Quantity.age(.seconds(Int($0) ?? 0)) } == [
                "now", "59 s", "1 min", "1 h", "2 d",
            ])
        #expect(Quantity.time(.seconds(3723)) == "1:02:03")
        #expect(Quantity.time(.seconds(65)) == "1:05")
        #expect(PlaceText.text(latitude: -1.5, longitude: 179.999999) == "-1.50000, 180.00000")
    }

    @Test func `JSON of results is escaped and keeps its order`() {
        let value = JSONText.object([
            ("z", .string("a\"\\\n\u{1}é")),
            ("a", .array([.null, .bool(true), .integer(-1), .number(0.5), .number(.nan)])),
        ])
        #expect(value.text == #"{"z":"a\"\\\n\u0001é","a":[null,true,-1,0.5,null]}"#)
    }
}

@Suite struct `The identity of a played device` {
    @Test func `is the same every time, of version 8, and differs by group and source`() throws {
        let group = try #require(GroupID("g1"))
        let other = try #require(GroupID("g2"))
        let id = DeviceIdentity.stableID(group: group, source: "a.csv")
        #expect(id == DeviceIdentity.stableID(group: group, source: "a.csv"))
        #expect(id != DeviceIdentity.stableID(group: other, source: "a.csv"))
        #expect(id != DeviceIdentity.stableID(group: group, source: "b.csv"))
        let text = Array(id.description)
        #expect(text[14] == "8")
        #expect("89ab".contains(text[19]))
        #expect(Set((0..<5000).map { DeviceIdentity.stableID(group: group, source: "\($0)") }).count == 5000)
    }

    @Test func `has a name within the limits`() {
        #expect(DeviceIdentity.displayName("a") == "track a")
        #expect(DeviceIdentity.displayName(String(repeating: "x", count: 80)).count == 50)
        #expect(DeviceIdentity.displayName("recife-01") == "recife-01")
    }
}
