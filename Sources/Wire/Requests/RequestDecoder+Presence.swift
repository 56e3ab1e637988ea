internal import Model

extension RequestDecoder {
    /// `PUT /api/v1/presence`: as the stream's `presence`.
    package func decodePresence(_ body: [UInt8]) throws(Refusal) -> ClientMessage.PresenceReport {
        try FieldReader.read(unsafe body.span.bytes, checkingUTF8: true) { (fields) throws(JSONError) in
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
                    try fields.json.skipValue()
                }
            }
            return fields.require(status, statusField).map {
                ClientMessage.PresenceReport(status: $0, note: note.value)
            }
        }
    }

    /// `PUT /api/v1/presence/settings`: whether others see when one was last there.
    package func decodePresenceSettings(_ body: [UInt8]) throws(Refusal) -> Bool {
        try FieldReader.read(unsafe body.span.bytes, checkingUTF8: true) { (fields) throws(JSONError) in
            let field = Field("showLastSeen", "Show last seen")
            var shows: Member<Bool> = .absent
            var object = try fields.json.beginObject()
            while let name = try fields.json.nextMember(&object) {
                if fields.json.text(name, is: "showLastSeen") {
                    shows = try fields.boolean(field)
                } else {
                    try fields.json.skipValue()
                }
            }
            return fields.require(shows, field)
        }
    }
}
