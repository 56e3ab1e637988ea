import Model

/// How the place of a fix is told, and with it its time.
enum PackedPlace: Hashable {
    /// Differences of at most 16 bits from a reference, in 10⁻⁷ degrees; the time is a difference too.
    case near(latitude: Int16, longitude: Int16)
    /// Differences of at most 24 bits.
    case far(latitude: Int32, longitude: Int32)
    /// By itself, in 10⁻⁷ degrees; the time is told whole too.
    case whole(latitude: Int32, longitude: Int32)
    /// As two numbers of 64 bits, for what is not exact in 10⁻⁷ degrees; the time is told whole too.
    case raw(latitude: Double, longitude: Double)

    /// ±2²³ − 1: as a latitude 93 km.
    static let farthest: Int64 = (1 << 23) - 1

    /// The shortest form that loses nothing.
    init(of fix: Fix, after reference: PackedReference?) {
        guard let latitude = PackedReference.exact(fix.latitude), let longitude = PackedReference.exact(fix.longitude)
        else {
            self = .raw(latitude: fix.latitude, longitude: fix.longitude)
            return
        }
        self = .whole(latitude: latitude, longitude: longitude)
        // Differences of time have no sign: an older fix is told whole.
        guard let reference, fix.capturedAt.milliseconds >= reference.time,
            fix.capturedAt <= Timestamp.writable.upperBound
        else { return }
        let north = Int64(latitude) - Int64(reference.latitude)
        let east = Int64(longitude) - Int64(reference.longitude)
        if let north = Int16(exactly: north), let east = Int16(exactly: east) {
            self = .near(latitude: north, longitude: east)
        } else if abs(north) <= PackedPlace.farthest, abs(east) <= PackedPlace.farthest {
            self = .far(latitude: Int32(north), longitude: Int32(east))
        }
    }

    static let rawForm: UInt8 = 3

    /// What stands in the two lowest bits of a fix's flags.
    var form: UInt8 {
        switch self {
        case .near: 0
        case .far: 1
        case .whole: 2
        case .raw: PackedPlace.rawForm
        }
    }

    var isDifference: Bool { form < 2 }
}
