import Model
import Testing

@Suite struct `The rules for a fix` {
    private static let now = Timestamp(milliseconds: 1_795_170_600_000)
    private let rules = FixRules()

    private static func fix(_ change: (inout Fix) -> Void = { _ in }) -> Fix {
        var fix = Fix(capturedAt: now, latitude: 48.1, longitude: 17.1, accuracy: 5)
        change(&fix)
        return fix
    }

    private func fields(_ fix: Fix) -> [String] { rules.violations(of: fix, at: Self.now).map(\.field) }

    @Test func `take every member at its bounds`() {
        let least = Self.fix {
            $0.latitude = -90
            $0.longitude = -180
            $0.accuracy = 0
            $0.bearing = 0
            $0.speed = 0
            $0.batteryLevel = 0
            $0.capturedAt = Self.now.advanced(by: .seconds(-7 * 86_400))
        }
        let most = Self.fix {
            $0.latitude = 90
            $0.longitude = 180
            $0.bearing = 360
            $0.batteryLevel = 100
            $0.provider = String(repeating: "p", count: 50)
            $0.networkType = String(repeating: "n", count: 50)
            $0.capturedAt = Self.now.advanced(by: .seconds(60))
        }
        #expect(fields(least) == [])
        #expect(fields(most) == [])
    }

    @Test func `name each member that is just beyond its bounds, all at once and in order`() {
        let fix = Self.fix {
            $0.capturedAt = Self.now.advanced(by: .milliseconds(60_001))
            $0.latitude = 90.000_000_1
            $0.longitude = -180.000_000_1
            $0.accuracy = -0.1
            $0.altitude = .infinity
            $0.bearing = 360.1
            $0.speed = -1
            $0.batteryLevel = 101
            $0.provider = String(repeating: "é", count: 26)
            $0.networkType = String(repeating: "n", count: 51)
        }
        #expect(
            fields(fix) == [
                "timestamp", "latitude", "longitude", "accuracy", "altitude", "bearing", "speed", "batteryLevel",
                "provider", "networkType",
            ])
    }

    @Test func `refuse what is no number, in the story's words`() {
        let broken = Self.fix {
            $0.latitude = .nan
            $0.longitude = .nan
            $0.accuracy = .nan
        }
        #expect(
            rules.violations(of: broken, at: Self.now).map(\.message) == [
                "Latitude must be between -90 and 90", "Longitude must be between -180 and 180",
                "Accuracy must be non-negative",
            ])
    }

    @Test func `refuse what is a millisecond too old`() {
        let old = Self.fix { $0.capturedAt = Self.now.advanced(by: .milliseconds(-7 * 86_400_000 - 1)) }
        #expect(rules.violations(of: old, at: Self.now).map(\.message) == ["Timestamp must not be older than 7 days"])
    }

    @Test func `put the place of a batch's fix before each member`() {
        let broken = Self.fix { $0.latitude = 91 }
        let errors = rules.violations(of: broken, at: Self.now, prefix: "locations[3].")
        #expect(errors.map(\.field) == ["locations[3].latitude"])
    }
}
