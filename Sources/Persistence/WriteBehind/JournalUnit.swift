internal import Model
internal import Telemetry

/// Fixes of one device that are stored together or not at all, and who wants to know.
struct JournalUnit: WriteBehindUnit {
    let device: DeviceID
    let receivedAt: Timestamp
    /// Apart from the others, so that the usual unit of one needs no array.
    let first: Fix
    let others: [Fix]
    let receipt: FixReceipt?
    /// The span it was taken in, of a trace that is recorded.
    let trace: SpanContext?

    var rowCount: Int { 1 + others.count }
}

/// A row of `core.locations`.
struct LocationRow {
    let device: DeviceID
    let receivedAt: Timestamp
    let fix: Fix
}

extension WriteBehindBuffer<JournalUnit>.Batch {
    var rows: [LocationRow] {
        var rows: [LocationRow] = []
        rows.reserveCapacity(rowCount)
        for unit in units {
            rows.append(LocationRow(device: unit.device, receivedAt: unit.receivedAt, fix: unit.first))
            for fix in unit.others {
                rows.append(LocationRow(device: unit.device, receivedAt: unit.receivedAt, fix: fix))
            }
        }
        return rows
    }
}
