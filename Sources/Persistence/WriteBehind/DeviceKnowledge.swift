internal import Model

/// Which devices of a batch Postgres is to look at before it writes the batch's rows.
struct DeviceLookup: Equatable {
    /// Their ids, each once.
    var devices: Set<UniqueID>
    /// `core.device_removals` when the batch's other devices were known; `nil` if there are none.
    var removals: Int64?
}

/// What `core.write_locations` answered about a batch.
struct InsertOutcome: Equatable {
    /// Rows were there although they were called new.
    var wereThere: Bool
    /// `core.device_removals` while it looked.
    var removals: Int64?
    /// The latest `accepts_since` of the devices it looked at; `nil` if none was ever erased.
    var acceptsSince: Timestamp?
    /// Devices that are not there; their rows were left out.
    var unknown: Set<UniqueID>
}

/// The devices that are known to be in Postgres, so that it does not look each of them up for every batch (ADR 59).
///
/// They are known as of a number, `core.device_removals`: Postgres raises it when a device is removed, looks at all devices of a
/// batch that comes with another one, and tells the new one.
struct DeviceKnowledge {
    /// The most devices remembered; some 8 MB. With more, all are forgotten, and each is looked up once more.
    static let capacity = 250_000

    private let capacity: Int
    private var devices: Set<UniqueID> = []
    private var removals: Int64?
    /// What was received no later than this may be from before the erasure of one of them that came back.
    private var acceptsSince: Timestamp?

    init(capacity: Int = DeviceKnowledge.capacity) { self.capacity = capacity }

    /// What Postgres is to look at for `batch`.
    func lookup(for batch: WriteBehindBuffer<JournalUnit>.Batch) -> DeviceLookup {
        guard let removals, isGood(for: batch) else { return DeviceKnowledge.fullLookup(for: batch) }
        var lookup = DeviceLookup(devices: [], removals: removals)
        for index in batch.units.indices {
            let device = batch.units[index].device.rawValue
            if !devices.contains(device) { lookup.devices.insert(device) }
        }
        return lookup
    }

    /// A look at every device, whatever is known.
    static func fullLookup(for batch: WriteBehindBuffer<JournalUnit>.Batch) -> DeviceLookup {
        var devices = Set<UniqueID>(minimumCapacity: batch.units.count)
        for index in batch.units.indices { devices.insert(batch.units[index].device.rawValue) }
        return DeviceLookup(devices: devices, removals: nil)
    }

    private func isGood(for batch: WriteBehindBuffer<JournalUnit>.Batch) -> Bool {
        guard let acceptsSince else { return true }
        return batch.units.allSatisfy { $0.receivedAt > acceptsSince }
    }

    /// Remembers the devices of `batch`, which was written after a look at those of `lookup`.
    mutating func learn(
        from outcome: InsertOutcome, lookup: DeviceLookup, of batch: WriteBehindBuffer<JournalUnit>.Batch
    ) {
        guard let newest = outcome.removals else { return }
        if let removals, removals != newest {
            forget()
            // An answer that was overtaken by a newer one; or Postgres has gone back to a backup.
            guard newest > removals else { return }
        } else if removals != nil, lookup.devices.isEmpty {
            return
        }
        // Postgres has seen all of them at that number: it looked at those of the lookup, and if it had another number at all.
        removals = newest
        if let since = outcome.acceptsSince { acceptsSince = acceptsSince.map { max($0, since) } ?? since }
        for index in batch.units.indices {
            let device = batch.units[index].device.rawValue
            guard outcome.unknown.isEmpty || !outcome.unknown.contains(device) else { continue }
            devices.insert(device)
        }
        if devices.count > capacity { forget() }
    }

    /// Forgets all of them: another server may answer next.
    mutating func forget() {
        devices = []
        removals = nil
        acceptsSince = nil
    }
}
