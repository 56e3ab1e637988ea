package import Model

/// What a message carries besides its text.
package enum ChatAttachment: Hashable, Sendable {
    /// Degrees, WGS 84: -90 … 90 and -180 … 180.
    case location(latitude: Double, longitude: Double, name: String?)
    /// An entry of the directory of places.
    case place(UniqueID, name: String?)

    /// Unicode scalars in a name.
    package static let nameLengths = 1...100
}

extension JSONWriter {
    /// The attachment as one object.
    package mutating func value(_ attachment: ChatAttachment) {
        object { json in
            switch attachment {
            case .location(let latitude, let longitude, let name):
                json.name("type")
                json.value(literal: "location")
                json.member("latitude", latitude)
                json.member("longitude", longitude)
                json.member("name", name)
            case .place(let id, let name):
                json.name("type")
                json.value(literal: "place")
                json.member("placeId", id)
                json.member("name", name)
            }
        }
    }
}

extension FieldReader {
    /// An attachment with all its members; `null` is none.
    mutating func attachment(_ field: Field) throws(JSONError) -> Member<ChatAttachment> {
        switch try json.kind() {
        case .object: break
        case .null:
            try json.null()
            return .absent
        default: return try refuse(field, "must be an object")
        }
        let errorsBefore = errors.count
        var draft = AttachmentDraft()
        var object = try json.beginObject()
        while let name = try json.nextMember(&object) { try draft.take(name, from: &self) }
        guard let attachment = draft.attachment(in: &self), errors.count == errorsBefore else { return .refused }
        return .value(attachment)
    }
}

/// The members of an attachment as they are found.
private struct AttachmentDraft {
    private var type: Member<String> = .absent
    private var latitude: Member<Double> = .absent
    private var longitude: Member<Double> = .absent
    private var place: Member<UniqueID> = .absent
    private var name: Member<String> = .absent

    private static let typeField = Field("attachment.type", "Attachment type")
    private static let latitudeField = Field("attachment.latitude", "Latitude")
    private static let longitudeField = Field("attachment.longitude", "Longitude")
    private static let placeField = Field("attachment.placeId", "Place ID")
    private static let nameField = Field("attachment.name", "Attachment name")

    mutating func take(_ member: JSONText, from fields: inout FieldReader) throws(JSONError) {
        if fields.json.text(member, is: "type") {
            type = try fields.line(AttachmentDraft.typeField)
        } else if fields.json.text(member, is: "latitude") {
            latitude = try fields.number(AttachmentDraft.latitudeField)
        } else if fields.json.text(member, is: "longitude") {
            longitude = try fields.number(AttachmentDraft.longitudeField)
        } else if fields.json.text(member, is: "placeId") {
            place = try fields.uniqueID(AttachmentDraft.placeField)
        } else if fields.json.text(member, is: "name") {
            name = try fields.line(AttachmentDraft.nameField, lengths: ChatAttachment.nameLengths)
        } else {
            try fields.json.skipValue()
        }
    }

    /// Nothing if an error is noted.
    func attachment(in fields: inout FieldReader) -> ChatAttachment? {
        guard let type = fields.require(type, AttachmentDraft.typeField) else { return nil }
        switch type {
        case "location":
            let latitude = fields.require(latitude, AttachmentDraft.latitudeField)
            let longitude = fields.require(longitude, AttachmentDraft.longitudeField)
            if let latitude, !(-90...90).contains(latitude) {
                fields.note(AttachmentDraft.latitudeField, "Latitude must be between -90 and 90")
            }
            if let longitude, !(-180...180).contains(longitude) {
                fields.note(AttachmentDraft.longitudeField, "Longitude must be between -180 and 180")
            }
            guard let latitude, let longitude else { return nil }
            return .location(latitude: latitude, longitude: longitude, name: name.value)
        case "place":
            guard let place = fields.require(place, AttachmentDraft.placeField) else { return nil }
            return .place(place, name: name.value)
        default:
            fields.note(AttachmentDraft.typeField, "Attachment type must be location or place")
            return nil
        }
    }
}
