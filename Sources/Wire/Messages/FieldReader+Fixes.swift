import Model

extension FieldReader {
    /// The fix in the object that is next.
    ///
    /// - Parameter rules: Without them only the presence and the types of the members are checked.
    mutating func fix(rules: FixRules?, at now: Timestamp) throws(JSONError) -> Fix? {
        let errorsBefore = errors.count
        var draft = FixDraft()
        var object = try json.beginObject()
        while let name = try json.nextMember(&object) {
            if try !draft.take(name, from: &self) { try json.skipValue() }
        }
        return draft.fix(rules: rules, at: now, in: &self, errorsBefore: errorsBefore)
    }

    /// The fixes of a batch: 1 to `limit`. Those past the limit are not looked into.
    mutating func fixes(
        _ field: Field, limit: Int, rules: FixRules, at now: Timestamp
    ) throws(JSONError) -> Member<[Fix]> {
        let rule = "must hold 1 to \(limit) items"
        switch try json.kind() {
        case .array: break
        case .null:
            try json.null()
            return .absent
        default:
            try json.skipValue()
            return refuseRead(field, rule)
        }
        let errorsBefore = errors.count
        var fixes: [Fix] = []
        var count = 0
        var array = try json.beginArray()
        while try json.nextElement(&array) {
            defer { count += 1 }
            guard count < limit else {
                try json.skipValue()
                continue
            }
            guard try json.kind() == .object else {
                errors.append(FieldError(field: "\(field.name)[\(count)]", message: "Location must be an object"))
                try json.skipValue()
                continue
            }
            path = .element(field.name, count)
            if let fix = try fix(rules: rules, at: now) { fixes.append(fix) }
            path = .root
        }
        if count == 0 || count > limit { note(field, "\(field.label) \(rule)") }
        return errors.count == errorsBefore ? .value(fixes) : .refused
    }
}
