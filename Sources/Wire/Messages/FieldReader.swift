import Model

/// Reads the members of a message, going on after a wrong one, so that every error is told at once.
///
/// What is malformed as JSON is thrown; what is merely wrong is noted in ``errors`` and comes out as ``Member/refused``.
/// `null` is the same as absent. Lengths of text are counted in Unicode scalars, as Postgres counts them.
struct FieldReader: ~Copyable {
    /// The largest integer every JSON implementation reads exactly: 2⁵³−1.
    static let largestInteger: Int64 = 9_007_199_254_740_991

    var json: JSONReader
    var errors: [FieldError] = []
    /// Where the object stands whose members are read now.
    var path: FieldPath = .root
    /// The message's `id`, once read.
    var id: Int64?
    /// Why the message is refused as a whole, if its members are not the reason.
    var refusal: Refusal?

    private init(_ bytes: UnsafeRawBufferPointer) {
        json = unsafe JSONReader(bytes)
    }

    /// Reads the whole of `bytes` with `body`. Malformed JSON, anywhere, comes before every other refusal.
    ///
    /// - Parameter body: Returns nothing only after it has noted an error or a refusal.
    static func read<Value>(
        _ bytes: RawSpan, checkingUTF8: Bool, _ body: (inout FieldReader) throws(JSONError) -> Value?
    ) throws(Refusal) -> Value {
        try unsafe bytes.withUnsafeBytes { (raw: UnsafeRawBufferPointer) throws(Refusal) in
            var fields = unsafe FieldReader(raw)
            let value: Value?
            do throws(JSONError) {
                if checkingUTF8 { try fields.json.checkUTF8() }
                value = try body(&fields)
                try fields.json.finish()
            } catch {
                throw Refusal(malformed: error)
            }
            if var refusal = fields.refusal {
                refusal.id = fields.id
                throw refusal
            }
            guard let value, fields.errors.isEmpty else { throw Refusal(details: fields.errors, id: fields.id) }
            return value
        }
    }

    /// Notes that something is wrong with the member.
    mutating func note(_ field: Field, _ message: String) {
        errors.append(FieldError(field: "\(path.prefix)\(field.name)", message: message))
    }

    /// Notes an error whose message goes on after the member's label, and drops the value that is next.
    mutating func refuse<Value>(_ field: Field, _ predicate: StaticString) throws(JSONError) -> Member<Value> {
        note(field, "\(field.label) \(predicate)")
        try json.skipValue()
        return .refused
    }

    /// As above for a value that has been read.
    mutating func refuseRead<Value>(_ field: Field, _ predicate: String) -> Member<Value> {
        note(field, "\(field.label) \(predicate)")
        return .refused
    }

    /// The member's value; notes that it is missing if nothing was found.
    mutating func require<Value>(_ member: Member<Value>, _ field: Field) -> Value? {
        if case .absent = member { note(field, "\(field.label) is required") }
        return member.value
    }
}
