import HubTesting
import Model
import Testing

@testable import TrackFiles

struct WritingTests {
    @Test(arguments: TrackFileWriter.Format.allCases)
    func `what is written reads as it was`(format: TrackFileWriter.Format) {
        for seed in 0..<50 {
            var random = SeededGenerator(seed: UInt64(seed))
            var points: [TrackFilePoint] = []
            var time: Int64 = Int64.random(in: -2_200_000_000_000...1_700_000_000_000, using: &random)
            for _ in 0..<Int.random(in: 0...200, using: &random) {
                time += Int64.random(in: 1...[1000, 10_000_000].randomElement(using: &random)!, using: &random)
                let scale = [1, 1e-3, 1e-6, 1e-12].randomElement(using: &random)!
                guard
                    let place = Coordinate(
                        latitude: Double.random(in: -90...90, using: &random) * scale,
                        longitude: Double.random(in: -180...180, using: &random) * scale)
                else { continue }
                points.append(
                    TrackFilePoint(
                        time: Timestamp(milliseconds: time), coordinate: place,
                        accuracy: format == .gpx ? nil : Bool.random(using: &random) ? 12.5 : nil,
                        altitude: Bool.random(using: &random) ? Double.random(in: -100...9000, using: &random) : nil,
                        speed: format == .gpx ? nil : Bool.random(using: &random) ? 3 : nil))
            }
            var writer = TrackFileWriter(format)
            var bytes: [UInt8] = []
            writer.begin(to: &bytes)
            for point in points { writer.append(point, to: &bytes) }
            writer.end(to: &bytes)
            let said = TrackFormat(rawValue: format.rawValue)
            let reading = Reading(bytes, said: said, pieces: [997])
            #expect(reading.error == nil && !reading.isCut)
            #expect(reading.points == points)
        }
    }

    @Test(arguments: [
        (0.0, "0"), (-0.5, "-0.5"), (1e-7, "0.0000001"), (-1.25e-9, "-0.00000000125"), (1e20, "100000000000000000000"),
        (180, "180"), (12345678.25, "12345678.25"),
    ])
    func `numbers have no exponent`(value: Double, text: String) {
        var bytes: [UInt8] = []
        bytes.append(number: value)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (-1, "1969-12-31T23:59:59.999Z"), (-86_400_000, "1969-12-31T00:00:00.000Z"),
        (-86_400_001, "1969-12-30T23:59:59.999Z"), (-58_060_800_000, "1968-02-29T00:00:00.000Z"),
        (-2_208_988_800_000, "1900-01-01T00:00:00.000Z"), (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
        (-2_203_891_200_001, "1900-02-28T23:59:59.999Z"), (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
    ])
    func `times are written in UTC`(milliseconds: Int64, text: String) {
        var bytes: [UInt8] = []
        bytes.append(moment: Timestamp(milliseconds: milliseconds))
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }
}
