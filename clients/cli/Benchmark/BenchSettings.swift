import Model

/// What a load is made of.
struct BenchSettings: Hashable, Sendable {
    enum Pressure: Hashable, Sendable {
        /// Each device sends on a timetable, whether or not the hub keeps up: fixes a second and device.
        case open(rate: Double)
        /// Each device keeps this many messages unacknowledged, and sends the next when one is acknowledged.
        case closed(window: Int)
    }

    var groups = 50
    var devices = 20
    var pressure = Pressure.open(rate: 1)
    /// Fixes in a message.
    var batch = 1
    /// Messages of a device that are due at the same moment, as from one that was offline; in the open loop.
    var burst = 1
    var warmup = Duration.seconds(5)
    var duration = Duration.seconds(30)
    /// How long the last answers are waited for. Default 5 s.
    var patience = Duration.seconds(5)
    var loops = 1
    var seed: UInt64 = 1
    /// Groups are called by it and a number.
    var prefix: String
    /// Whether the devices also watch their group; without it nothing is fanned out to them.
    var watches = true

    var connections: Int { groups * devices }

    /// Nanoseconds between two bursts of a device; nothing in a closed loop.
    var period: UInt64? {
        guard case .open(let rate) = pressure else { return nil }
        return UInt64(Double(batch * burst) / rate * 1e9)
    }

    func group(_ index: Int) throws(CommandFailure) -> GroupID {
        try DeviceCommands.group("\(prefix)-\(index)")
    }
}
