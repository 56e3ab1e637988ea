internal import Model

/// The devices that were erased lately, so that a registration which was committed before and is heard of after it brings
/// none of them back.
struct RecentErasures {
    /// The most that are remembered. What they are remembered for lasts milliseconds.
    static let capacity = 1024

    private var createdAt: [DeviceID: Timestamp] = [:]
    private var order: [DeviceID] = []

    mutating func note(_ device: DeviceID, createdBy moment: Timestamp) {
        if createdAt.updateValue(moment, forKey: device) == nil { order.append(device) }
        guard order.count > RecentErasures.capacity else { return }
        createdAt[order.removeFirst()] = nil
    }

    /// Whether this is the device that was erased, and not one registered under its id since.
    func cover(_ device: Device) -> Bool {
        createdAt[device.id].map { device.createdAt <= $0 } ?? false
    }
}
