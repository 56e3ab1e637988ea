package import Model

/// Writes what the hub says, each message one JSON object at the end of `bytes`. Allocates nothing but room there.
package enum HubMessageEncoder {
    package static func welcome(_ welcome: HubMessage.Welcome, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("welcome")
            json.member("session", welcome.session.rawValue)
            json.member("deviceId", welcome.device?.rawValue)
            json.member("userId", welcome.user?.rawValue)
            json.member("group", welcome.group?.rawValue)
            json.member("serverTime", welcome.serverTime)
            json.member("heartbeat", welcome.heartbeat)
            json.object("limits") {
                $0.member("messageBytes", welcome.limits.messageBytes)
                $0.member("fixesPerMessage", welcome.limits.fixesPerMessage)
                $0.member("locationsPerSecond", welcome.limits.locationsPerSecond)
            }
            json.endObject()
        }
    }

    /// - Parameter write: Writes each member with ``JSONWriter/groupMember(_:_:_:_:)`` or `value(_: GroupMember)`.
    package static func snapshot(
        of group: GroupID, re: Int64?, to bytes: inout [UInt8], _ write: (inout JSONWriter) -> Void
    ) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("snapshot", re: re)
            json.member("group", group.rawValue)
            json.array("members", write)
            json.endObject()
        }
    }

    package static func snapshot(_ snapshot: HubMessage.Snapshot, to bytes: inout [UInt8]) {
        self.snapshot(of: snapshot.group, re: snapshot.re, to: &bytes) { json in
            for member in snapshot.members { json.value(member) }
        }
    }

    /// - Parameter write: Adds each device's newest fix.
    package static func positions(
        in group: GroupID, to bytes: inout [UInt8], _ write: (inout PositionList) -> Void
    ) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("positions")
            json.member("group", group.rawValue)
            json.name("positions")
            json.beginArray()
            var list = PositionList(json: JSONWriter())
            swap(&list.json, &json)
            write(&list)
            swap(&list.json, &json)
            json.endArray()
            json.endObject()
        }
    }

    package static func positions(_ positions: [DevicePosition], in group: GroupID, to bytes: inout [UInt8]) {
        self.positions(in: group, to: &bytes) { list in
            for position in positions { list.append(position.device, position.fix) }
        }
    }

    /// What is shown of a device; an `invisible` one is written `offline`.
    package static func presence(
        _ presence: Presence, of device: DeviceID, in group: GroupID, to bytes: inout [UInt8]
    ) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("presence")
            json.member("group", group.rawValue)
            json.member("deviceId", device.rawValue)
            json.members(of: presence)
            json.endObject()
        }
    }

    package static func joined(_ member: GroupMember, in group: GroupID, to bytes: inout [UInt8]) {
        change("joined", in: group, to: &bytes) { $0.value(member) }
    }

    package static func updated(_ member: GroupMember, in group: GroupID, to bytes: inout [UInt8]) {
        change("updated", in: group, to: &bytes) { $0.value(member) }
    }

    /// Says who left, and nothing of where they are.
    package static func left(
        _ device: DeviceID, displayName: String, in group: GroupID, to bytes: inout [UInt8]
    ) {
        change("left", in: group, to: &bytes) { json in
            json.object {
                $0.member("deviceId", device.rawValue)
                $0.member("displayName", displayName)
            }
        }
    }

    /// The fixes are in Postgres.
    package static func ack(re: Int64?, processed: Int, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("ack", re: re)
            json.member("processed", processed)
            json.endObject()
        }
    }

    package static func ok(re: Int64?, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("ok", re: re)
            json.endObject()
        }
    }

    package static func pong(re: Int64?, serverTime: Timestamp, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("pong", re: re)
            json.member("serverTime", serverTime)
            json.endObject()
        }
    }

    /// - Parameter retryAfter: Seconds until the client may ask again.
    package static func error(_ refusal: Refusal, retryAfter: Int? = nil, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("error", re: refusal.id)
            json.member("error", refusal.code.rawValue)
            json.member("message", refusal.message)
            json.details(refusal.details)
            json.member("retryAfter", retryAfter)
            json.endObject()
        }
    }

    /// - Parameter reconnectAfter: Cut to whole milliseconds.
    package static func goodbye(reason: String, reconnectAfter: Duration, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("goodbye")
            json.member("reason", reason)
            json.member("reconnectAfter", Int64(reconnectAfter / .milliseconds(1)))
            json.endObject()
        }
    }

    /// The client watches the group no longer, because its user is no member any more.
    package static func unwatched(_ group: GroupID, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("unwatched")
            json.member("group", group.rawValue)
            json.endObject()
        }
    }

    package static func achievement(_ achievement: HubMessage.Achievement, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("achievement")
            json.member("code", achievement.code)
            json.member("name", achievement.name)
            json.member("description", achievement.description)
            json.member("unlockedAt", achievement.unlockedAt)
            json.endObject()
        }
    }

    private static func change(
        _ kind: StaticString, in group: GroupID, to bytes: inout [UInt8], _ device: (inout JSONWriter) -> Void
    ) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("member")
            json.member("group", group.rawValue)
            json.name("change")
            json.value(literal: kind)
            json.name("device")
            device(&json)
            json.endObject()
        }
    }
}
