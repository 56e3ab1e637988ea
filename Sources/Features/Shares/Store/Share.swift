internal import Model
internal import Persistence

/// A share as its maker sees it.
struct Share: Hashable, Sendable {
    var id: UniqueID
    var device: DeviceID
    var createdAt: Timestamp
    var expiresAt: Timestamp

    init(id: UniqueID, device: DeviceID, createdAt: Timestamp, expiresAt: Timestamp) {
        self.id = id
        self.device = device
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    /// From id, device, creation and expiry.
    init?(row: PostgresRow) {
        guard let id = row.uniqueID(0), let device = row.uniqueID(1), let createdAt = row.timestamp(2),
            let expiresAt = row.timestamp(3)
        else { return nil }
        self.init(id: id, device: DeviceID(device), createdAt: createdAt, expiresAt: expiresAt)
    }
}
