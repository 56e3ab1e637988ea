/// How positions could be told to those who watch.
enum PositionsForm: CaseIterable {
    case json
    /// JSON, compressed message by message if there are several positions in it.
    case deflated
    /// Packed, each position by itself: no state at all.
    case whole
    /// Packed, each position as its difference from the one before: nobody may miss any.
    case previous
    /// As the hub does.
    case anchors

    var label: String {
        switch self {
        case .json: "JSON"
        case .deflated: "JSON deflated"
        case .whole: "packed: whole"
        case .previous: "packed: differences from the one before"
        case .anchors: "packed: differences from an anchor"
        }
    }
}
