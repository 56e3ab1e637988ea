package import Model

/// Reads what clients send over `presence.v1.packed`: the counterpart of ``PackedClientMessageEncoder``, with the rules,
/// the limits and the refusals of ``ClientMessageDecoder``. A value without state: what a connection has to remember is
/// the caller's.
package struct PackedClientMessageDecoder: Sendable {
    /// Reads the messages that come as JSON.
    package var json: ClientMessageDecoder

    package init(_ json: ClientMessageDecoder = ClientMessageDecoder()) { self.json = json }

    /// Reads one binary message.
    ///
    /// - Parameters:
    ///   - reference: The connection's last fix, from which the next one's differences count; nothing at its start. It
    ///     is moved by every `location` and `locations` that is well-formed, refused ones included, and forgotten with a
    ///     malformed one, so that client and hub never count from different fixes.
    ///   - now: The hub's time, by which a fix is too old or in the future.
    /// - Throws: As ``ClientMessageDecoder``; `invalid_format` for what is no packed message.
    package func decode(
        _ message: RawSpan, after reference: inout PackedReference?, at now: Timestamp
    ) throws(Refusal) -> ClientEnvelope {
        guard message.byteCount > 0 else { throw Refusal(malformed: PackedError(.unexpectedEnd, at: 0)) }
        let tag = unsafe message.unsafeLoad(fromByteOffset: 0, as: UInt8.self)
        switch tag {
        case PackedTag.json: return try json.decode(message, at: now, checkingUTF8: true)
        case PackedTag.location, PackedTag.locations: break
        default: throw Refusal(.unknownType, message: "Unknown message type")
        }
        let before = reference
        reference = nil
        let reading = try PackedReader.read(message) { (reader) throws(PackedError) -> Reading in
            try self.fixes(tag, after: before, at: now, from: &reader)
        }
        reference = reading.reference
        guard reading.errors.isEmpty else { throw Refusal(details: reading.errors, id: reading.id) }
        let fixes = reading.fixes
        return ClientEnvelope(id: reading.id, tag == PackedTag.location ? .location(fixes[0]) : .locations(fixes))
    }

    /// As above, for bytes of one's own.
    package func decode(
        _ message: [UInt8], after reference: inout PackedReference?, at now: Timestamp
    ) throws(Refusal) -> ClientEnvelope {
        try decode(unsafe message.span.bytes, after: &reference, at: now)
    }

    private struct Reading {
        var id: Int64?
        var fixes: [Fix] = []
        var errors: [FieldError] = []
        var reference: PackedReference?
    }

    private func fixes(
        _ tag: UInt8, after reference: PackedReference?, at now: Timestamp, from reader: inout PackedReader
    ) throws(PackedError) -> Reading {
        var reading = Reading(reference: reference)
        _ = try reader.byte()
        reading.id = try reader.messageID()
        if tag == PackedTag.location {
            let read = try reader.fix(after: reference, at: now)
            try reader.finish()
            reading.reference = PackedReference(read.fix)
            if let fix = read.checked(json.rules, at: now, errors: &reading.errors) { reading.fixes = [fix] }
            return reading
        }
        let limit = json.limits.fixesPerBatch
        let count = try reader.number()
        for place in 0..<count {
            let read = try reader.fix(after: reading.reference, at: now)
            reading.reference = PackedReference(read.fix)
            // Those past the limit are not looked into.
            if place < limit {
                let fix = read.checked(
                    json.rules, at: now, prefix: "locations[\(place)].", errors: &reading.errors)
                if let fix { reading.fixes.append(fix) }
            }
        }
        try reader.finish()
        if count == 0 || count > limit {
            reading.errors.append(
                FieldError(field: "locations", message: "Locations must hold 1 to \(limit) items"))
        }
        return reading
    }
}
