package import Model

/// Reads what clients send over the stream. A value without state: one serves every connection, on any thread.
///
/// The message's `type` decides how it is read. It is looked for first, from the front, which costs nothing where it
/// stands first; then the message is read once, straight into values. Members may come in any order, unknown ones are
/// skipped, a repeated name is malformed. An integer may be written `85`, `85.0` or `8.5e1`.
package struct ClientMessageDecoder: Sendable {
    package var rules: FixRules
    package var limits: MessageLimits

    package init(rules: FixRules = FixRules(), limits: MessageLimits = MessageLimits()) {
        self.rules = rules
        self.limits = limits
    }

    /// Reads one text message, which the WebSocket has found to be UTF-8.
    ///
    /// - Parameter now: The hub's time, by which a fix is too old or in the future.
    /// - Throws: `invalid_format` for anything but one JSON object; `unknown_type`; otherwise `validation_error` with
    ///   everything that is wrong with the members.
    package func decode(_ text: RawSpan, at now: Timestamp) throws(Refusal) -> ClientEnvelope {
        try decode(text, at: now, checkingUTF8: false)
    }

    /// As above, for bytes that nobody has found to be UTF-8 if `checkingUTF8` says so.
    func decode(_ text: RawSpan, at now: Timestamp, checkingUTF8: Bool) throws(Refusal) -> ClientEnvelope {
        try FieldReader.read(text, checkingUTF8: checkingUTF8) { (fields) throws(JSONError) in
            let type = try self.type(&fields)
            guard let message = try self.message(of: type, at: now, from: &fields) else { return nil }
            return ClientEnvelope(id: fields.id, message)
        }
    }

    /// As above, for bytes of one's own.
    package func decode(_ text: [UInt8], at now: Timestamp) throws(Refusal) -> ClientEnvelope {
        try decode(unsafe text.span.bytes, at: now)
    }

    /// Looks for `type` and goes back to the start; nothing if it is missing or none of ours, which is noted.
    private func type(_ fields: inout FieldReader) throws(JSONError) -> ClientMessageType? {
        let start = fields.json.position
        let field = Field("type", "Type")
        var object = try fields.json.beginObject()
        while let name = try fields.json.nextMember(&object) {
            guard fields.json.text(name, is: "type") else {
                try fields.json.skipValue()
                continue
            }
            guard let text = try fields.text(field, otherwise: "must be a string") else { break }
            guard case .value(let text) = text else {
                fields.json.rewind(to: start)
                return nil
            }
            let type = ClientMessageType(text, of: fields.json)
            if type == nil { fields.refusal = Refusal(.unknownType, message: "Unknown message type") }
            fields.json.rewind(to: start)
            return type
        }
        fields.note(field, "Type is required")
        fields.json.rewind(to: start)
        return nil
    }

    private func message(
        of type: ClientMessageType?, at now: Timestamp, from fields: inout FieldReader
    ) throws(JSONError) -> ClientMessage? {
        switch type {
        case .location: try location(at: now, from: &fields)
        case .locations: try locations(at: now, from: &fields)
        case .watch: try group(from: &fields).map { .watch($0) }
        case .unwatch: try group(from: &fields).map { .unwatch($0) }
        case .presence: try presence(from: &fields)
        case .message: try chatMessage(from: &fields)
        case .typing: try typing(from: &fields)
        case .read: try readMark(from: &fields)
        case .sync: try sync(from: &fields)
        case .ping: try bare(from: &fields) ? .ping : nil
        case nil: try bare(from: &fields) ? nil : nil
        }
    }

    private func location(at now: Timestamp, from fields: inout FieldReader) throws(JSONError) -> ClientMessage? {
        var draft = FixDraft()
        var object = try fields.json.beginObject()
        while let name = try fields.json.nextMember(&object) {
            if try draft.take(name, from: &fields) { continue }
            try fields.takeEnvelope(name)
        }
        return draft.fix(rules: rules, at: now, in: &fields, errorsBefore: 0).map { .location($0) }
    }

    private func locations(at now: Timestamp, from fields: inout FieldReader) throws(JSONError) -> ClientMessage? {
        let field = Field("locations", "Locations")
        var fixes: Member<[Fix]> = .absent
        var object = try fields.json.beginObject()
        while let name = try fields.json.nextMember(&object) {
            if fields.json.text(name, is: "locations") {
                fixes = try fields.fixes(field, limit: limits.fixesPerBatch, rules: rules, at: now)
            } else {
                try fields.takeEnvelope(name)
            }
        }
        return fields.require(fixes, field).map { .locations($0) }
    }

    private func group(from fields: inout FieldReader) throws(JSONError) -> GroupID? {
        let field = Field("group", "Group")
        var group: Member<GroupID> = .absent
        var object = try fields.json.beginObject()
        while let name = try fields.json.nextMember(&object) {
            if fields.json.text(name, is: "group") {
                group = try fields.group(field)
            } else {
                try fields.takeEnvelope(name)
            }
        }
        return fields.require(group, field)
    }

    private func presence(from fields: inout FieldReader) throws(JSONError) -> ClientMessage? {
        let statusField = Field("status", "Status")
        var status: Member<PresenceStatus> = .absent
        var note: Member<String> = .absent
        var object = try fields.json.beginObject()
        while let name = try fields.json.nextMember(&object) {
            if fields.json.text(name, is: "status") {
                status = try fields.reportedStatus(statusField)
            } else if fields.json.text(name, is: "note") {
                note = try fields.prose(Field("note", "Note"), lengths: 0...limits.noteLength)
            } else {
                try fields.takeEnvelope(name)
            }
        }
        return fields.require(status, statusField).map { .presence(.init(status: $0, note: note.value)) }
    }

    /// Reads a message that has no members of its own; always true.
    private func bare(from fields: inout FieldReader) throws(JSONError) -> Bool {
        var object = try fields.json.beginObject()
        while let name = try fields.json.nextMember(&object) { try fields.takeEnvelope(name) }
        return true
    }
}
