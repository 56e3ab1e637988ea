internal import Model

/// Which devices of a batch Postgres is to look at before it writes the batch's rows.
struct DeviceLookup: Equatable {
    /// Their ids, each once.
    var devices: Set<UniqueID>
    /// `core.device_removals` when the batch's other devices were found; `nil` if the ids are those of all its devices.
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
    /// The most devices remembered by a journal, of which each loop has one; some 8 MB, and 12 while the set grows. With more,
    /// all are forgotten, and each is looked up once more.
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

    /// Remembers the devices of `batch` that Postgres looked at and found.
    mutating func learn(
        from outcome: InsertOutcome, lookup: DeviceLookup, of batch: WriteBehindBuffer<JournalUnit>.Batch
    ) {
        guard let number = outcome.removals else { return }
        if let removals, removals != number {
            // Asked before the number now known was, and overtaken by the answer that told it.
            if number < removals, let asked = lookup.removals, asked < removals { return }
            forget()
            // What is left: it may be that Postgres has gone back to a backup.
            guard number > removals else { return }
        }
        // Asked with another number it has looked at all devices. Of the others nothing is to be concluded from this answer: they
        // may have been forgotten meanwhile, and with them since when they accept anything.
        let lookedAsAsked = lookup.removals == nil || lookup.removals == number
        let seen = lookedAsAsked ? lookup.devices : DeviceKnowledge.fullLookup(for: batch).devices
        removals = number
        if let since = outcome.acceptsSince { acceptsSince = acceptsSince.map { max($0, since) } ?? since }
        if !seen.isEmpty { devices.formUnion(outcome.unknown.isEmpty ? seen : seen.subtracting(outcome.unknown)) }
        // One that was removed without being counted, as a session without triggers does, speaks against the others too.
        if devices.count > capacity || !outcome.unknown.isDisjoint(with: devices) { forget() }
    }

    /// Forgets all of them: another server may answer next.
    mutating func forget() {
        devices = []
        removals = nil
        acceptsSince = nil
    }
}
