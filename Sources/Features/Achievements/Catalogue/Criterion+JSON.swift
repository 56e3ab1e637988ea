internal import FeatureKit
internal import Wire

/// Why an achievement's criteria say nothing to this hub.
enum CriterionError: Error, Hashable {
    /// Not JSON, or no object.
    case notObject
    /// Without a `type` of 1 to 64 lower-case letters, digits and underscores.
    case noType
    /// Not exactly one of `threshold` and `count` beside the type. Another member would narrow what is asked for, so that
    /// one that is not understood cannot be passed over.
    case notOneGoal
    /// A goal that is no number above 0, or a `count` that is not whole.
    case badGoal
    /// No area of this hub counts it.
    case unknownType

    /// For the log: what is wrong, in a few words.
    var reason: StaticString {
        switch self {
        case .notObject: "the criteria are no JSON object"
        case .noType: "the criteria have no type"
        case .notOneGoal: "the criteria need a threshold or a count, and nothing else"
        case .badGoal: "the goal is no number above 0"
        case .unknownType: "nobody counts this type"
        }
    }
}

extension Criterion {
    /// Reads criteria as they are stored: `{"type", "threshold"}`, or `{"type", "count"}` with a whole number.
    init(json text: String) throws(CriterionError) {
        guard let value = try? JSONValue(Array(text.utf8)), case .object(let members) = value else {
            throw .notObject
        }
        guard let type = value["type"]?.string, (1...64).contains(type.utf8.count),
            type.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 95 })
        else { throw .noType }
        guard members.count == 2, let goal = value["threshold"] ?? value["count"] else { throw .notOneGoal }
        guard let number = goal.double, number.isFinite, number > 0,
            value["count"] == nil || goal.integer != nil
        else { throw .badGoal }
        self.init(type: type, goal: number)
    }
}
