internal import Actors
internal import Model
internal import Wire

/// The other members of a group as OwnTracks takes them in its HTTP mode: a card with the name and a location for each, which
/// belong together by `topic`, or in older apps by `tid`.
enum OwnTracksFriends {
    /// - Parameter members: Those with a position are told of.
    static func bytes(_ members: [LiveMember]) -> [UInt8] {
        let known = members.filter { $0.fix != nil }.sorted { $0.device.id < $1.device.id }
        let initials = initials(of: known.map(\.device.displayName))
        return JSONWriter.bytes { json in
            json.array { json in
                for (member, initials) in zip(known, initials) {
                    guard let fix = member.fix else { continue }
                    let topic = "owntracks/\(member.device.group)/\(member.device.id)"
                    json.object { json in
                        json.member("_type", "card")
                        json.member("topic", topic)
                        json.member("tid", initials)
                        json.member("name", member.device.displayName)
                    }
                    json.object { json in
                        json.member("_type", "location")
                        json.member("topic", topic)
                        json.member("tid", initials)
                        json.member("lat", fix.latitude)
                        json.member("lon", fix.longitude)
                        json.member("tst", fix.capturedAt.milliseconds / 1000)
                        json.member("acc", whole(fix.accuracy))
                        if let altitude = fix.altitude { json.member("alt", whole(altitude)) }
                        if let bearing = fix.bearing { json.member("cog", whole(bearing)) }
                        if let speed = fix.speed { json.member("vel", whole(speed * 3.6)) }
                        if let battery = fix.batteryLevel { json.member("batt", battery) }
                    }
                }
            }
        }
    }

    /// The app takes whole numbers alone for these.
    private static func whole(_ value: Double) -> Int64 { Int64(max(-1e9, min(1e9, value)).rounded()) }

    /// Two characters for each, no two the same: of the name if it has them, else a number.
    static func initials(of names: [String]) -> [String] {
        var taken: Set<String> = []
        return names.enumerated().map { index, name in
            let words = name.split(whereSeparator: { !$0.isASCII || !($0.isLetter || $0.isNumber) })
            var own =
                words.count > 1 ? "\(words[0].prefix(1))\(words[1].prefix(1))" : String(words.first?.prefix(2) ?? "")
            own = own.uppercased()
            var number = index
            while own.count != 2 || !taken.insert(own).inserted {
                let digits = String(number % 1296, radix: 36).uppercased()
                own = String(repeating: "0", count: 2 - digits.count) + digits
                number += 1
            }
            return own
        }
    }
}
