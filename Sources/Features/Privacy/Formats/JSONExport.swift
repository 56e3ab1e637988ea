internal import Model
internal import Persistence
internal import Wire

/// The export as one JSON object. What says how many locations there were comes last, so that a part is not taken for the
/// whole.
struct JSONExport: ExportText {
    private var count = 0

    mutating func begin(_ subject: ExportSubject, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.beginObject()
            json.member("exportedAt", subject.exportedAt)
            json.object("device") { $0.exportedMembers(of: subject) }
            json.array("audit", of: subject.audit) { json, stored in
                json.object { json in
                    json.member("at", stored.entry.at)
                    json.member("operation", stored.entry.operation)
                    json.member("outcome", stored.entry.outcome.rawValue)
                }
            }
            json.name("locations")
            json.beginArray()
        }
    }

    mutating func append(_ location: DeviceExport.Location, to bytes: inout [UInt8]) {
        if count > 0 { bytes.append(UInt8(ascii: ",")) }
        count += 1
        JSONWriter.append(to: &bytes) { json in
            json.object { json in
                json.members(of: location.fix)
                json.member("receivedAt", location.receivedAt)
            }
        }
    }

    mutating func end(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "],\"locationCount\":\(count)}".utf8)
    }
}

extension JSONWriter {
    mutating func exportedMembers(of subject: ExportSubject) {
        let device = subject.device
        member("deviceId", device.id.rawValue)
        member("displayName", device.displayName)
        member("groupId", device.group.rawValue)
        member("platform", device.platform)
        member("active", device.isActive)
        nullable("fcmToken", subject.pushToken)
        member("createdAt", device.createdAt)
        member("updatedAt", device.updatedAt)
        member("lastSeenAt", device.lastSeenAt)
    }

    /// A member that is there even without a value.
    mutating func nullable(_ name: StaticString, _ text: String?) {
        if let text { member(name, text) } else { null(name) }
    }
}
