package import Model

/// Reads the bodies of the core's requests, with the same rules and errors as the stream. A value without state.
///
/// Bodies come from HTTP unchecked, so their UTF-8 is checked here. A member that no route knows is skipped.
package struct RequestDecoder: Sendable {
    package var rules: FixRules
    package var limits: MessageLimits

    package init(rules: FixRules = FixRules(), limits: MessageLimits = MessageLimits()) {
        self.rules = rules
        self.limits = limits
    }

    /// `POST /api/v1/locations` (story 3.1): a fix and the `deviceId` it is of.
    package func decodeLocationUpload(_ body: [UInt8], at now: Timestamp) throws(Refusal) -> LocationUpload {
        try FieldReader.read(unsafe body.span.bytes, checkingUTF8: true) { (fields) throws(JSONError) in
            var device: Member<UniqueID> = .absent
            var draft = FixDraft()
            var object = try fields.json.beginObject()
            while let name = try fields.json.nextMember(&object) {
                if try draft.take(name, from: &fields) { continue }
                if fields.json.text(name, is: "deviceId") {
                    device = try fields.uniqueID(deviceField)
                } else {
                    try fields.json.skipValue()
                }
            }
            let id = fields.require(device, deviceField)
            let fix = draft.fix(rules: rules, at: now, in: &fields, errorsBefore: 0)
            guard let id, let fix else { return nil }
            return LocationUpload(device: DeviceID(id), fix: fix)
        }
    }

    /// `POST /api/v1/locations/batch` (story 3.2): `deviceId` and 1 to 50 `locations`.
    package func decodeLocationBatch(_ body: [UInt8], at now: Timestamp) throws(Refusal) -> LocationBatch {
        try FieldReader.read(unsafe body.span.bytes, checkingUTF8: true) { (fields) throws(JSONError) in
            let fixesField = Field("locations", "Locations")
            var device: Member<UniqueID> = .absent
            var fixes: Member<[Fix]> = .absent
            var object = try fields.json.beginObject()
            while let name = try fields.json.nextMember(&object) {
                if fields.json.text(name, is: "deviceId") {
                    device = try fields.uniqueID(deviceField)
                } else if fields.json.text(name, is: "locations") {
                    fixes = try fields.fixes(fixesField, limit: limits.fixesPerBatch, rules: rules, at: now)
                } else {
                    try fields.json.skipValue()
                }
            }
            let required = (fields.require(device, deviceField), fields.require(fixes, fixesField))
            guard case (let id?, let fixes?) = required else { return nil }
            return LocationBatch(device: DeviceID(id), fixes: fixes)
        }
    }

    /// `POST /api/v1/devices/register` (story 2.1).
    package func decodeRegistration(_ body: [UInt8]) throws(Refusal) -> DeviceRegistration {
        try FieldReader.read(unsafe body.span.bytes, checkingUTF8: true) { (fields) throws(JSONError) in
            let nameField = Field("displayName", "Display name")
            let groupField = Field("groupId", "Group ID")
            var device: Member<UniqueID> = .absent
            var displayName: Member<String> = .absent
            var group: Member<GroupID> = .absent
            var platform: Member<String> = .absent
            var pushToken: Member<String> = .absent
            var object = try fields.json.beginObject()
            while let name = try fields.json.nextMember(&object) {
                if fields.json.text(name, is: "deviceId") {
                    device = try fields.uniqueID(deviceField)
                } else if fields.json.text(name, is: "displayName") {
                    displayName = try fields.line(nameField, lengths: limits.displayNameLength)
                } else if fields.json.text(name, is: "groupId") {
                    group = try fields.group(groupField)
                } else if fields.json.text(name, is: "platform") {
                    platform = try fields.line(Field("platform", "Platform"), lengths: limits.platformLength)
                } else if fields.json.text(name, is: "fcmToken") {
                    pushToken = try fields.line(Field("fcmToken", "FCM token"), lengths: 1...limits.pushTokenLength)
                } else {
                    try fields.json.skipValue()
                }
            }
            let required = (
                fields.require(device, deviceField), fields.require(displayName, nameField),
                fields.require(group, groupField)
            )
            guard case (let id?, let displayName?, let group?) = required else { return nil }
            return DeviceRegistration(
                id: DeviceID(id), displayName: displayName, group: group, platform: platform.value,
                pushToken: pushToken.value)
        }
    }

    /// `POST /api/v1/stream/tickets`: the device the ticket is for, if any. An empty body is one without members.
    package func decodeTicketRequest(_ body: [UInt8]) throws(Refusal) -> DeviceID? {
        guard !body.isEmpty else { return nil }
        let request = try FieldReader.read(unsafe body.span.bytes, checkingUTF8: true) {
            (fields) throws(JSONError) -> TicketRequest? in
            var device: Member<UniqueID> = .absent
            var object = try fields.json.beginObject()
            while let name = try fields.json.nextMember(&object) {
                if fields.json.text(name, is: "deviceId") {
                    device = try fields.uniqueID(deviceField)
                } else {
                    try fields.json.skipValue()
                }
            }
            return TicketRequest(device: device.value.map { DeviceID($0) })
        }
        return request.device
    }

    private var deviceField: Field { Field("deviceId", "Device ID") }
}

/// A fix that came by REST.
package struct LocationUpload: Hashable, Sendable {
    package var device: DeviceID
    package var fix: Fix
}

/// Fixes that came together by REST, to be taken all or not at all.
package struct LocationBatch: Hashable, Sendable {
    package var device: DeviceID
    package var fixes: [Fix]
}

private struct TicketRequest {
    var device: DeviceID?
}
