import Model
import Testing

@testable import Wire

/// What the decoder makes of `location`, the message nearly all are.
@Suite struct LocationMessageTests {
    let now = Timestamp(milliseconds: 1_795_000_000_000)
    let decoder = ClientMessageDecoder()

    @Test func `a full location message becomes a fix with its id`() throws {
        let text = """
            {"type":"location","id":7,"timestamp":1794999999000,"latitude":52.52,"longitude":-13.405,"accuracy":4.5,\
            "altitude":34,"bearing":180.5,"speed":1.4,"provider":"gps","batteryLevel":85,"networkType":"wifi"}
            """
        let fix = Fix(
            capturedAt: Timestamp(milliseconds: 1_794_999_999_000), latitude: 52.52, longitude: -13.405, accuracy: 4.5,
            altitude: 34, bearing: 180.5, speed: 1.4, provider: "gps", batteryLevel: 85, networkType: "wifi")
        #expect(try decoder.decode(Array(text.utf8), at: now) == ClientEnvelope(id: 7, .location(fix)))
        var bytes: [UInt8] = []
        ClientMessageEncoder.encode(ClientEnvelope(id: 7, .location(fix)), to: &bytes)
        #expect(try decoder.decode(bytes, at: now) == ClientEnvelope(id: 7, .location(fix)))
    }

    @Test func `every wrong member of a fix is named in one refusal, in the order of the members`() {
        let text = """
            {"latitude":91,"id":3,"type":"location","batteryLevel":"x","accuracy":1e999,"timestamp":"yesterday",\
            "speed":-1,"provider":7}
            """
        #expect(
            throws: Refusal(
                .validationError, message: "Validation failed",
                details: [
                    FieldError(
                        field: "timestamp",
                        message: "Timestamp must be an RFC 3339 time or whole milliseconds since the epoch"),
                    FieldError(field: "latitude", message: "Latitude must be between -90 and 90"),
                    FieldError(field: "longitude", message: "Longitude is required"),
                    FieldError(field: "accuracy", message: "Accuracy must be a finite number"),
                    FieldError(field: "speed", message: "Speed must be non-negative"),
                    FieldError(field: "provider", message: "Provider must be a string"),
                    FieldError(field: "batteryLevel", message: "Battery level must be an integer"),
                ], id: 3)
        ) {
            try decoder.decode(Array(text.utf8), at: now)
        }
    }
}
