import TerminalText
import Wire

/// Travels as people read them.
enum TravelText {
    static func count(_ value: JSONValue?) -> String { Quantity.grouped(Int(value?.integer ?? 0)) }

    /// `850 m`, `12.3 km`, `1,234 km`.
    static func distance(_ metres: JSONValue?) -> String {
        guard let metres = metres?.double, metres.isFinite, (0..<1e12).contains(metres) else { return "-" }
        return switch metres {
        case ..<1000: "\(Int(metres.rounded())) m"
        case ..<100_000: Quantity.decimal(metres / 1000, 1) + " km"
        default: Quantity.grouped(Int((metres / 1000).rounded())) + " km"
        }
    }

    /// `1:02:03`.
    static func duration(_ seconds: JSONValue?) -> String {
        guard let seconds = seconds?.double, seconds.isFinite, (0..<1e12).contains(seconds) else { return "-" }
        return Quantity.time(.seconds(Int64(seconds)))
    }

    static func speed(_ metresPerSecond: JSONValue?) -> String {
        guard let speed = metresPerSecond?.double else { return "-" }
        return Quantity.decimal(speed * 3.6, 0) + " km/h"
    }

    /// `12.3 %`; more decimals of what is less than one.
    static func percent(_ share: JSONValue?) -> String {
        guard let share = share?.double else { return "-" }
        return Quantity.decimal(share * 100, share < 0.01 ? 3 : 1) + " %"
    }

    /// `2026-01-31 12:00`, in UTC.
    static func moment(_ time: JSONValue?) -> String {
        guard let text = time?.string, text.utf8.count >= 16 else { return "-" }
        return String(text.prefix(16)).replacing("T", with: " ")
    }

    /// The figures of an overview, each with its name.
    static func figures(_ answer: JSONValue) -> [(name: String, value: String)] {
        let stats = answer["stats"] ?? .null
        let hemispheres = ["northern", "southern"].filter { stats["hemispheres"]?[$0]?.boolean == true }
        var rows = [
            ("countries", count(stats["countriesVisited"])), ("regions", count(stats["regionsVisited"])),
            ("cells", "\(count(stats["cellsVisitedRes8"])) small, \(count(stats["cellsVisitedRes6"])) large"),
            ("visits", count(stats["totalVisitCount"])), ("days", count(stats["daysVisited"])),
            ("hemispheres", hemispheres.isEmpty ? "-" : hemispheres.joined(separator: ", ")),
            (
                "trips",
                "\(count(stats["trips"])), \(distance(stats["distanceMetres"])), \(duration(stats["travelSeconds"]))"
            ),
            ("unseen ways", distance(stats["unseenDistanceMetres"])),
        ]
        if let trip = stats["longestTrip"], !trip.isNull {
            rows.append(("longest trip", "\(distance(trip["distanceMetres"])) on \(moment(trip["startedAt"]))"))
        }
        rows += [("first", moment(stats["firstVisitAt"])), ("last", moment(stats["lastVisitAt"]))]
        for (name, member) in [("last country", "lastCountry"), ("last region", "lastRegion")] {
            rows.append((name, answer["recent"]?[member]?["name"]?.string ?? "-"))
        }
        return rows.map { (name: $0.0, value: $0.1) }
    }

    /// `3 of 8`.
    static func regions(_ country: JSONValue) -> String {
        "\(count(country["regionsVisited"])) of \(count(country["regionCount"]))"
    }

    /// The cells of a country's or a region's line.
    static func place(_ entry: JSONValue, regions: String?) -> [String] {
        [entry["name"]?.string ?? "", entry["code"]?.string ?? ""] + (regions.map { [$0] } ?? [])
            + [
                count(entry["cells"]), percent(entry["share"]), moment(entry["firstVisitAt"]),
                moment(entry["lastVisitAt"]),
            ]
    }

    /// `Slovakia`, `Bratislavský kraj, Slovakia`, `100 cells`.
    static func event(_ entry: JSONValue) -> String {
        let data = entry["data"] ?? .null
        if let cells = data["count"] { return "\(count(cells)) cells" }
        let name = data["name"]?.string ?? data["code"]?.string ?? ""
        return data["countryName"]?.string.map { "\(name), \($0)" } ?? name
    }
}
