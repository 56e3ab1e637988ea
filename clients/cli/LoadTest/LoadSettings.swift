import Model

/// What a load of REST requests is made of.
struct LoadSettings: Hashable, Sendable {
    /// Open all the time, each one device's.
    var connections = 10_000
    /// Requests a second over all connections, on a timetable whether or not the hub keeps up.
    var rate = 1000.0
    var warmup = Duration.seconds(10)
    var duration = Duration.seconds(300)
    var loops = 1
    var seed: UInt64 = 1
    /// Groups are called by it and a number.
    var prefix: String

    static let devicesPerGroup = 20

    var groups: Int { (connections + LoadSettings.devicesPerGroup - 1) / LoadSettings.devicesPerGroup }

    /// Nanoseconds between two requests.
    var period: UInt64 { UInt64(1e9 / rate) }

    func group(_ index: Int) throws(CommandFailure) -> GroupID {
        try DeviceCommands.group("\(prefix)-\(index)")
    }
}
