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

/// A row of `core.locations`, read where it lies: a unit is large to copy and counts its references, and a batch holds hundreds.
/// Good inside ``WriteBehindBuffer/Batch/forEachRow(_:)`` only.
@safe struct LocationRow: ~Copyable {
    private let unit: UnsafePointer<JournalUnit>
    private let place: UnsafePointer<Fix>

    fileprivate init(of unit: UnsafePointer<JournalUnit>, _ place: UnsafePointer<Fix>) {
        unsafe self.unit = unit
        unsafe self.place = place
    }

    var device: DeviceID { unsafe unit.pointee.device }
    var receivedAt: Timestamp { unsafe unit.pointee.receivedAt }
    var capturedAt: Timestamp { unsafe place.pointee.capturedAt }
    var latitude: Double { unsafe place.pointee.latitude }
    var longitude: Double { unsafe place.pointee.longitude }
    var accuracy: Double { unsafe place.pointee.accuracy }
    var altitude: Double? { unsafe place.pointee.altitude }
    var bearing: Double? { unsafe place.pointee.bearing }
    var speed: Double? { unsafe place.pointee.speed }
    var provider: String? { unsafe place.pointee.provider }
    var batteryLevel: Int? { unsafe place.pointee.batteryLevel }
    var networkType: String? { unsafe place.pointee.networkType }
    /// A copy.
    var fix: Fix { unsafe place.pointee }
}

extension WriteBehindBuffer<JournalUnit>.Batch {
    @inline(__always)
    func forEachRow(_ body: (borrowing LocationRow) -> Void) {
        guard let first = MemoryLayout<JournalUnit>.offset(of: \.first) else { preconditionFailure("it is stored") }
        unsafe units.withUnsafeBufferPointer { units in
            guard let start = units.baseAddress else { return }
            for index in 0..<units.count {
                let unit = unsafe start + index
                let place = unsafe (UnsafeRawPointer(unit) + first).assumingMemoryBound(to: Fix.self)
                unsafe body(LocationRow(of: unit, place))
                guard unsafe !unit.pointee.others.isEmpty else { continue }
                unsafe unit.pointee.others.withUnsafeBufferPointer { others in
                    guard let other = others.baseAddress else { return }
                    for index in 0..<others.count { unsafe body(LocationRow(of: unit, other + index)) }
                }
            }
        }
    }
}
