internal import Actors
internal import FeatureKit
internal import Model
internal import Wire

/// What whoever has the link sees: a name and a position, and nothing else of whom they see.
struct SharedPosition: Hashable, Sendable {
    var displayName: String
    /// Nothing while none is known, or whoever shares it is invisible.
    var fix: Fix?
    var expiresAt: Timestamp

    init(_ sight: LiveMap.Sight, until expiresAt: Timestamp) {
        displayName = sight.member.device.displayName
        fix = sight.isInvisible ? nil : sight.member.fix
        self.expiresAt = expiresAt
    }

    func json(at now: Timestamp) -> [UInt8] {
        JSONWriter.bytes { json in
            json.object { json in
                json.member("displayName", displayName)
                json.member("serverTime", now)
                json.member("expiresAt", expiresAt)
                guard let fix else {
                    json.null("location")
                    json.null("ageSeconds")
                    return
                }
                json.object("location") { json in
                    json.member("timestamp", fix.capturedAt)
                    json.member("latitude", fix.latitude)
                    json.member("longitude", fix.longitude)
                    json.member("accuracy", fix.accuracy)
                    if let bearing = fix.bearing { json.member("bearing", bearing) } else { json.null("bearing") }
                    if let speed = fix.speed { json.member("speed", speed) } else { json.null("speed") }
                }
                json.member("ageSeconds", Double(max(0, now.milliseconds - fix.capturedAt.milliseconds)) / 1000)
            }
        }
    }

    /// As an event of a stream of events.
    func event(at now: Timestamp) -> [UInt8] {
        Array("event: position\ndata: ".utf8) + json(at: now) + Array("\n\n".utf8)
    }
}
