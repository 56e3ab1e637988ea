package import HTTP
package import Model
internal import Wire

/// Reads the parameters of a query, and gathers everything that is wrong with them.
package struct QueryReader: ~Copyable {
    private let query: Query
    private var errors: [FieldError] = []
    private var isMissing = false

    package init(_ query: Query) { self.query = query }

    /// The parameter as it is; nothing if it is not there. An empty one is there.
    package func text(_ name: String) -> String? { query[name] }

    package mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = query[name] else { return nil }
        // `Int` takes a plus sign, which in a query is a space.
        guard let value = Int(text), range.contains(value), text.utf8.first != UInt8(ascii: "+") else {
            complain(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    package mutating func required(_ name: String, in range: ClosedRange<Int>) -> Int? {
        if query[name] == nil {
            isMissing = true
            complain(name, "is missing")
        }
        return integer(name, in: range)
    }

    package mutating func flag(_ name: String) -> Bool? {
        switch query[name] {
        case nil: return nil
        case "true": return true
        case "false": return false
        default:
            complain(name, "must be true or false")
            return nil
        }
    }

    /// RFC 3339, or milliseconds since the epoch.
    package mutating func moment(_ name: String) -> Timestamp? {
        guard let text = query[name] else { return nil }
        let moment = Timestamp(rfc3339: text) ?? Int64(text).map(Timestamp.init(milliseconds:))
        guard let moment, Timestamp.writable.contains(moment) else {
            complain(name, "must be a time (RFC 3339, or milliseconds since the epoch)")
            return nil
        }
        return moment
    }

    package mutating func requiredMoment(_ name: String) -> Timestamp? {
        if query[name] == nil {
            isMissing = true
            complain(name, "is missing")
        }
        return moment(name)
    }

    package mutating func group(_ name: String) -> GroupID? {
        guard let text = query[name] else { return nil }
        guard let group = GroupID(text) else {
            complain(name, "must be 2 to 50 letters, digits, hyphens or underscores")
            return nil
        }
        return group
    }

    /// Where a list goes on; see ``PageCursor``.
    package mutating func cursor(count: Int, of list: String) -> [UInt64]? {
        guard let text = query["cursor"] else { return nil }
        guard let position = PageCursor.decode(text, count: count, of: list) else {
            complain("cursor", "is not one of this list")
            return nil
        }
        return position
    }

    /// How many entries a page is to have: 1 to 1000, 100 if the query does not say.
    package mutating func limit() -> Int { integer("limit", in: 1...1000) ?? 100 }

    package mutating func complain(_ name: String, _ what: String) {
        guard !errors.contains(where: { $0.field == name }) else { return }
        errors.append(FieldError(field: name, message: "\(name) \(what)"))
    }

    /// - Throws: Everything that was wrong.
    package consuming func finish() throws(Problem) {
        guard !errors.isEmpty else { return }
        throw isMissing && errors.count == 1
            ? Problem(.missingField, "A query parameter is missing", details: errors)
            : Problem(.validationError, "Validation failed", details: errors)
    }
}

extension RouteParameter {
    package static let limit = query(
        "limit", .integer(minimum: 1, maximum: 1000), "Entries of a page; 100 if not given")
    package static let cursor = query("cursor", .string(), "`nextCursor` of the page before")
}
