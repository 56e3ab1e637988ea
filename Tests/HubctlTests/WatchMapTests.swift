import Model
import TerminalText
import Testing

@testable import hubctl

@Suite struct `A map in the terminal` {
    private let start = Timestamp(milliseconds: 1_764_151_200_000)

    private func device(_ number: Int) -> DeviceID {
        DeviceID(UniqueID(high: 0x0192_0000_0000_7000, low: 0x8000_0000_0000_0000 | UInt64(number)))
    }

    private func member(
        _ name: String, _ latitude: Double, _ longitude: Double, after seconds: Int = 0,
        status: PresenceStatus = .online
    ) -> WatchModel.Member {
        let at = start.advanced(by: .seconds(seconds))
        return WatchModel.Member(
            name: name, presence: Presence(status: status, lastSeenAt: at),
            fix: Fix(capturedAt: at, latitude: latitude, longitude: longitude, accuracy: 5))
    }

    private func lines(
        _ members: [WatchModel.Member], width: Int = 40, height: Int = 12, trails: MemberTrails = MemberTrails(),
        isColoured: Bool = false
    ) -> [String] {
        WatchMap(members.enumerated().map { (device($0.offset), $0.element) }, trails)
            .lines(width: width, height: height, isColoured: isColoured)
    }

    private func place(of text: String, in lines: [String]) throws -> (column: Int, row: Int) {
        let row = try #require(lines.firstIndex { $0.contains(text) }, "\(text)")
        let range = try #require(lines[row].firstRange(of: text))
        let column = DisplayWidth.of(String(lines[row][..<range.lowerBound]))
        return (column, row)
    }

    @Test(arguments: [(1, 1), (3, 1), (10, 3), (40, 12), (200, 60)])
    func `fills exactly the room it has, whoever is where`(width: Int, height: Int) {
        let crowds: [[WatchModel.Member]] = [
            [], [member("Ana", 48, 16)], [member("Ana", 48, 16), member("Ben", 48, 16)],
            [member("李小龙", 90, 0), member("👩‍👩‍👧 fam", -90, 180), member("e\u{301}", 0, -180)],
            (0..<20).map { member("Member \($0)", 48 + Double($0) / 1e4, 16 - Double($0) / 1e4) },
        ]
        for crowd in crowds {
            let lines = lines(crowd, width: width, height: height)
            #expect(lines.count == height)
            for line in lines { #expect(DisplayWidth.of(line) == width, "\(line)") }
        }
    }

    @Test func `north is up, east is right, and everybody has a name`() throws {
        let lines = lines([member("North", 48.01, 16), member("East", 48, 16.01), member("South", 47.99, 16)])
        let (north, east, south) = (
            try place(of: "●North", in: lines), try place(of: "●East", in: lines), try place(of: "●South", in: lines)
        )
        #expect(north.row < east.row && east.row < south.row)
        #expect(north.column == south.column && east.column > north.column)
    }

    @Test func `two on both sides of the antimeridian are neighbours`() throws {
        let lines = lines([member("Fiji", -17, 179.9), member("Samoa", -17, -179.9)], width: 60)
        let (fiji, samoa) = (try place(of: "●Fiji", in: lines), try place(of: "Samoa●", in: lines))
        #expect(fiji.column < samoa.column && fiji.row == samoa.row)
        // 21 km, not once around the earth.
        #expect(lines[11].contains(" 5 km"))
    }

    @Test func `a trail is drawn where a member has gone, and ends after ten minutes`() throws {
        var trails = MemberTrails()
        for minute in 0..<30 {
            trails.take([device(0): member("Ana", 48 + Double(minute) / 1000, 16, after: minute * 60)])
        }
        #expect(trails.trail(of: device(0)).count == 11)
        // What is late, or told again, adds nothing.
        trails.take([device(0): member("Ana", 50, 16, after: 60)])
        #expect(trails.trail(of: device(0)).count == 11)
        let now = member("Ana", 48.029, 16, after: 29 * 60)
        let far = member("Ben", 48, 16.02)
        let with = lines([now, far], trails: trails).joined()
        let without = lines([now, far]).joined()
        let dots: (Character) -> Bool = { ("\u{2801}"..."\u{28ff}").contains($0) }
        #expect(with.filter(dots).count >= 3 && without.filter(dots).isEmpty)
        trails.take([:])
        #expect(trails.trail(of: device(0)).isEmpty)
    }

    @Test func `marks tell by colour who is there`() {
        let lines = lines(
            [member("Ana", 48, 16), member("Ben", 48.01, 16, status: .offline)], isColoured: true
        ).joined(separator: "\n")
        #expect(lines.contains("\u{1b}[32m●Ana\u{1b}[0m"))
        #expect(lines.contains("\u{1b}[2m") && !lines.contains("\u{1b}[32m●Ben"))
    }

    @Test func `a scale is as long as it says`() throws {
        let frame = try #require(
            MapFrame(
                [Coordinate(latitude: 0, longitude: 0), Coordinate(latitude: 0, longitude: 0.1)].compactMap(\.self),
                width: 200, height: 200))
        let bar = frame.bar(upTo: 100)
        #expect(bar.label == "5 km" && abs(Double(bar.dots) * frame.scale - 5000) < frame.scale)
    }
}
