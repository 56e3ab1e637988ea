package import Model

/// The name of a trip or a stay: it follows from whose it is and when it begins, so that it outlives every new reading of the
/// points that leaves the beginning where it was.
///
/// A UUID of version 8 (RFC 9562, section 5.8): the moment in its first 48 bits, as version 7 has it, then what tells kinds and
/// people apart. It is no secret and opens nothing: what it names is looked up among the caller's own.
package struct JourneyID: Hashable, Sendable {
    package enum Kind: UInt64, Sendable {
        case trip = 1
        case stay = 2
    }

    package let rawValue: UniqueID

    package init(_ kind: Kind, of user: UserID, at start: Timestamp) {
        let time = UInt64(bitPattern: start.milliseconds) << 16
        let (high, low) = JourneyID.mark(kind, user.rawValue)
        rawValue = UniqueID(high: time | 0x8000 | (high >> 52), low: 0x8000_0000_0000_0000 | (low >> 2))
    }

    /// When what is called so begins; nothing if this is no name of that kind and person.
    package static func start(of id: UniqueID, as kind: Kind, of user: UserID) -> Timestamp? {
        // Sign and all: moments before 1970 are moments.
        let moment = Timestamp(milliseconds: Int64(bitPattern: id.high) >> 16)
        return JourneyID(kind, of: user, at: moment).rawValue == id ? moment : nil
    }

    private static func mark(_ kind: Kind, _ user: UniqueID) -> (UInt64, UInt64) {
        let high = mixed(user.high ^ mixed(kind.rawValue))
        return (high, mixed(user.low ^ high))
    }

    /// The finalizer of SplitMix64.
    private static func mixed(_ word: UInt64) -> UInt64 {
        var word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
