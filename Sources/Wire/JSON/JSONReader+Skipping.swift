extension JSONReader {
    /// Reads the next value and drops it; it is checked as strictly as any other, repeated names included.
    package mutating func skipValue() throws(JSONError) {
        switch try kind() {
        case .string: _ = try scanString()
        case .number: _ = try number()
        case .boolean: _ = try boolean()
        case .null: try null()
        case .object:
            var object = try beginObject()
            while try nextMember(&object) != nil { try skipValue() }
        case .array:
            var array = try beginArray()
            while try nextElement(&array) { try skipValue() }
        }
    }
}
