import Model

extension HubObject {
    /// The message this object is, by its `type`.
    func message(of type: String) throws(Refusal) -> HubMessage {
        switch type {
        case "welcome": return .welcome(try welcome())
        case "snapshot":
            return .snapshot(
                .init(re: optionalInteger("re"), group: try group("group"), members: try members("members")))
        case "presence":
            return .presence(
                .init(
                    group: try group("group"), device: DeviceID(try uniqueID("deviceId")), presence: try presence()))
        case "member": return .member(try memberChange())
        case "unwatched": return .unwatched(try group("group"))
        case "achievement":
            return .achievement(
                .init(
                    code: try string("code"), name: try string("name"), description: try string("description"),
                    unlockedAt: try timestamp("unlockedAt")))
        case "ok": return .ok(re: optionalInteger("re"))
        case "pong": return .pong(re: optionalInteger("re"), serverTime: try timestamp("serverTime"))
        case "error": return .error(try failure())
        case "goodbye":
            return .goodbye(
                reason: try string("reason"), reconnectAfter: .milliseconds(try integer("reconnectAfter")))
        default: return try chatMessage(of: type) ?? .unknown(type: type)
        }
    }

    /// The device as a snapshot or a listing has it.
    func groupMember() throws(Refusal) -> GroupMember {
        GroupMember(
            device: DeviceID(try uniqueID("deviceId")), displayName: try string("displayName"),
            presence: try presence(), lastFix: try optionalObject("lastLocation")?.fix())
    }

    private func members(_ name: String) throws(Refusal) -> [GroupMember] {
        var members: [GroupMember] = []
        for object in try objects(name) { members.append(try object.groupMember()) }
        return members
    }

    private func fix() throws(Refusal) -> Fix {
        Fix(
            capturedAt: try timestamp("timestamp"), latitude: try double("latitude"),
            longitude: try double("longitude"), accuracy: try double("accuracy"), altitude: optionalDouble("altitude"),
            bearing: optionalDouble("bearing"), speed: optionalDouble("speed"), provider: optionalString("provider"),
            batteryLevel: optionalInteger("batteryLevel").map { Int($0) }, networkType: optionalString("networkType"))
    }

    /// A status this version does not know is taken for the plain one.
    private func presence() throws(Refusal) -> Presence {
        Presence(
            status: PresenceStatus(rawValue: try string("status")) ?? .online, note: optionalString("note"),
            lastSeenAt: try timestamp("lastSeenAt"))
    }

    private func welcome() throws(Refusal) -> HubMessage.Welcome {
        let limits = try object("limits")
        return HubMessage.Welcome(
            session: SessionID(try uniqueID("session")), device: optionalID("deviceId").map { DeviceID($0) },
            user: optionalID("userId").map { UserID($0) }, group: optionalString("group").flatMap { GroupID($0) },
            serverTime: try timestamp("serverTime"), heartbeat: Int(try integer("heartbeat")),
            limits: .init(
                messageBytes: Int(try limits.integer("messageBytes")),
                fixesPerMessage: Int(try limits.integer("fixesPerMessage")),
                locationsPerSecond: Int(try limits.integer("locationsPerSecond"))))
    }

    private func memberChange() throws(Refusal) -> HubMessage.MemberChange {
        let device = try object("device")
        guard let kind = HubMessage.MemberChange.Kind(rawValue: try string("change")) else {
            throw Refusal(details: [FieldError(field: "change", message: "Unknown change")], id: nil)
        }
        return HubMessage.MemberChange(
            group: try group("group"), kind: kind, device: DeviceID(try device.uniqueID("deviceId")),
            displayName: try device.string("displayName"), state: kind == .left ? nil : try device.groupMember())
    }

    private func failure() throws(Refusal) -> HubMessage.Failure {
        var details: [FieldError] = []
        for detail in optionalObjects("details") {
            details.append(FieldError(field: try detail.string("field"), message: try detail.string("message")))
        }
        return HubMessage.Failure(
            re: optionalInteger("re"), rawCode: try string("error"), message: try string("message"), details: details,
            retryAfter: optionalInteger("retryAfter").map { Int($0) })
    }
}
