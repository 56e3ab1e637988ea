internal import HTTP
internal import Model

/// Names requests. One a loop.
struct RequestIDs {
    static let longest = 128

    private let clock: any LiveClock
    private var generator: SplitMix

    init(clock: any LiveClock) {
        self.clock = clock
        var system = SystemRandomNumberGenerator()
        generator = SplitMix(state: system.next())
    }

    /// The client's `X-Request-ID` if it is 1 to 128 visible ASCII characters, otherwise a version 7 UUID.
    mutating func name(_ request: HTTPRequest) -> String {
        if let own = request.headers["X-Request-ID"], (1...RequestIDs.longest).contains(own.utf8.count),
            own.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        {
            return own
        }
        return make()
    }

    mutating func make() -> String {
        UniqueID.version7(at: clock.now, using: &generator).description
    }
}

/// A small generator for names that need not be secret; the system's would cost a call into the kernel for each.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
