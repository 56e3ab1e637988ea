import Model

/// Reads what the hub says; for clients. Members it does not know are skipped, a type it does not know is
/// ``HubMessage/unknown(type:)``: a newer hub may say more than this version understands.
package enum HubMessageDecoder {
    /// - Throws: ``Refusal`` for what is not JSON or lacks what its type must have.
    package static func decode(_ text: RawSpan) throws(Refusal) -> HubMessage {
        try decode(text, checkingUTF8: false)
    }

    /// As above, for bytes that nobody has found to be UTF-8 if `checkingUTF8` says so.
    static func decode(_ text: RawSpan, checkingUTF8: Bool) throws(Refusal) -> HubMessage {
        try FieldReader.read(text, checkingUTF8: checkingUTF8) { (fields) throws(JSONError) in
            let start = fields.json.position
            guard let type = try self.type(&fields) else {
                fields.note(Field("type", "Type"), "Type is required")
                fields.json.rewind(to: start)
                try fields.json.skipValue()
                return nil
            }
            fields.json.rewind(to: start)
            switch type {
            case "positions": return try positions(&fields)
            case "ack": return try acknowledgement(&fields)
            default:
                let object = HubObject(try fields.json.value())
                do throws(Refusal) {
                    return try object.message(of: type)
                } catch {
                    fields.refusal = error
                    return nil
                }
            }
        }
    }

    /// As above, for bytes of one's own.
    package static func decode(_ text: [UInt8]) throws(Refusal) -> HubMessage {
        try decode(unsafe text.span.bytes)
    }

    /// Looks for `type`, which the hub writes first.
    private static func type(_ fields: inout FieldReader) throws(JSONError) -> String? {
        var object = try fields.json.beginObject()
        while let name = try fields.json.nextMember(&object) {
            if fields.json.text(name, is: "type"), try fields.json.kind() == .string {
                return fields.json.string(of: try fields.json.string())
            }
            try fields.json.skipValue()
        }
        return nil
    }

    private static func positions(_ fields: inout FieldReader) throws(JSONError) -> HubMessage? {
        let groupField = Field("group", "Group")
        let positionsField = Field("positions", "Positions")
        var group: Member<GroupID> = .absent
        var positions: Member<[DevicePosition]> = .absent
        var object = try fields.json.beginObject()
        while let name = try fields.json.nextMember(&object) {
            if fields.json.text(name, is: "group") {
                group = try fields.group(groupField)
            } else if fields.json.text(name, is: "positions"), try fields.json.kind() == .array {
                positions = .value(try self.positions(positionsField, &fields))
            } else {
                try fields.json.skipValue()
            }
        }
        let required = (fields.require(group, groupField), fields.require(positions, positionsField))
        guard case (let group?, let positions?) = required else { return nil }
        return .positions(group, positions)
    }

    private static func positions(
        _ field: Field, _ fields: inout FieldReader
    ) throws(JSONError) -> [DevicePosition] {
        let deviceField = Field("deviceId", "Device ID")
        var positions: [DevicePosition] = []
        var count = 0
        var array = try fields.json.beginArray()
        while try fields.json.nextElement(&array) {
            fields.path = .element(field.name, count)
            let errorsBefore = fields.errors.count
            var device: Member<UniqueID> = .absent
            var draft = FixDraft()
            var object = try fields.json.beginObject()
            while let name = try fields.json.nextMember(&object) {
                if fields.json.text(name, is: "deviceId") {
                    device = try fields.uniqueID(deviceField)
                } else if try !draft.take(name, from: &fields) {
                    try fields.json.skipValue()
                }
            }
            let fix = draft.fix(rules: nil, at: unjudged, in: &fields, errorsBefore: errorsBefore)
            if let id = fields.require(device, deviceField), let fix {
                positions.append(DevicePosition(device: DeviceID(id), fix: fix))
            }
            count += 1
        }
        fields.path = .root
        return positions
    }

    private static func acknowledgement(_ fields: inout FieldReader) throws(JSONError) -> HubMessage? {
        let sequenceField = Field("seq", "Sequence number")
        let sentAtField = Field("sentAt", "Sent at")
        let integers = 0...FieldReader.largestInteger
        var re: Member<Int64> = .absent
        var processed: Member<Int64> = .absent
        var conversation: Member<UniqueID> = .absent
        var sequence: Member<Int64> = .absent
        var sentAt: Member<Timestamp> = .absent
        var object = try fields.json.beginObject()
        while let name = try fields.json.nextMember(&object) {
            if fields.json.text(name, is: "re") {
                re = try fields.integer(Field("re", "Re"), in: integers)
            } else if fields.json.text(name, is: "processed") {
                processed = try fields.integer(Field("processed", "Processed"), in: integers)
            } else if fields.json.text(name, is: "conversation") {
                conversation = try fields.uniqueID(Field("conversation", "Conversation"))
            } else if fields.json.text(name, is: "seq") {
                sequence = try fields.integer(sequenceField, in: integers)
            } else if fields.json.text(name, is: "sentAt") {
                sentAt = try fields.timestamp(sentAtField)
            } else {
                try fields.json.skipValue()
            }
        }
        if let count = processed.value { return .fixesStored(re: re.value, count: Int(count)) }
        let required = (
            fields.require(conversation, Field("conversation", "Conversation")),
            fields.require(sequence, sequenceField), fields.require(sentAt, sentAtField)
        )
        guard case (let conversation?, let sequence?, let sentAt?) = required else { return nil }
        return .messageStored(re: re.value, ConversationID(conversation), sequence: sequence, sentAt: sentAt)
    }

    /// Stands where a time is asked for that only rules would look at.
    static let unjudged = Timestamp(milliseconds: 0)
}
