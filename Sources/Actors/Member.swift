internal import Model

/// One member of a group: the only place where its live position and its presence are kept.
struct Member {
    var device: Device
    var fix: Fix?
    var presence: PresenceMachine
    /// What observers were last told, so that nothing is told twice.
    var toldStatus: PresenceStatus
    var toldNote: String?
    /// The device's actor, once somebody asked for it.
    var actor: DeviceActor?

    init(device: Device, fix: Fix?) {
        self.device = device
        self.fix = fix
        presence = PresenceMachine(lastSeenAt: device.lastSeenAt)
        toldStatus = .offline
    }

    /// Makes `fix` the live position if it is newer than the one there is.
    mutating func take(_ fix: Fix, seenAt moment: Timestamp) -> Bool {
        presence.seen(at: moment)
        if let capturedAt = self.fix?.capturedAt, fix.capturedAt <= capturedAt { return false }
        self.fix = fix
        return true
    }

    /// The member as the others see it.
    func live(number: Int) -> LiveMember {
        let shown = presence.shown
        var device = device
        device.lastSeenAt = shown.lastSeenAt
        return LiveMember(number: number, device: device, presence: shown, fix: fix)
    }
}
