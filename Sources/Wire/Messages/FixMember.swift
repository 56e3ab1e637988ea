/// Which member of a fix a name is of.
enum FixMember: CaseIterable {
    case timestamp
    case latitude
    case longitude
    case accuracy
    case altitude
    case bearing
    case speed
    case provider
    case batteryLevel
    case networkType

    private var name: StaticString {
        switch self {
        case .timestamp: "timestamp"
        case .latitude: "latitude"
        case .longitude: "longitude"
        case .accuracy: "accuracy"
        case .altitude: "altitude"
        case .bearing: "bearing"
        case .speed: "speed"
        case .provider: "provider"
        case .batteryLevel: "batteryLevel"
        case .networkType: "networkType"
        }
    }

    /// Nothing for any other name. By its length first, and then compared with those that may be it.
    @inline(__always)
    init?(_ name: JSONText, in json: borrowing JSONReader) {
        guard !name.hasEscapes else {
            for member in FixMember.allCases where json.text(name, is: member.name) {
                self = member
                return
            }
            return nil
        }
        switch name.count {
        case 5 where json.text(name, is: "speed"): self = .speed
        case 7 where json.text(name, is: "bearing"): self = .bearing
        case 8 where json.text(name, is: "latitude"): self = .latitude
        case 8 where json.text(name, is: "accuracy"): self = .accuracy
        case 8 where json.text(name, is: "altitude"): self = .altitude
        case 8 where json.text(name, is: "provider"): self = .provider
        case 9 where json.text(name, is: "timestamp"): self = .timestamp
        case 9 where json.text(name, is: "longitude"): self = .longitude
        case 11 where json.text(name, is: "networkType"): self = .networkType
        case 12 where json.text(name, is: "batteryLevel"): self = .batteryLevel
        default: return nil
        }
    }
}
