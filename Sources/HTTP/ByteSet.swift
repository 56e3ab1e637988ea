/// A set of ASCII bytes as two words, for the grammars of RFC 9110 and RFC 3986.
struct ByteSet: Sendable {
    private let low: UInt64
    private let high: UInt64

    /// The bytes 0 … 63 and 64 … 127 whose bits are set.
    init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word = byte < 64 ? low : high
        return byte < 128 && word >> UInt64(byte & 63) & 1 == 1
    }

    /// `tchar` of RFC 9110, section 5.6.2: letters, digits and ``!#$%&'*+-.^_`|~``.
    static let token = ByteSet(low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe)
    /// What an absolute path may hold unescaped (RFC 3986, section 3.3): `pchar` and `/`. An escape's `%` is not in it.
    static let path = ByteSet(low: 0x2fff_ffd2_0000_0000, high: 0x47ff_fffe_87ff_ffff)
    /// What a query may hold unescaped: RFC 3986's and the ``[]{}|^\` `` that browsers leave unescaped.
    static let query = ByteSet(low: 0xafff_ffd2_0000_0000, high: 0x7fff_ffff_ffff_ffff)
    /// `reg-name` of RFC 3986, section 3.2.2, escapes aside.
    static let host = ByteSet(low: 0x2bff_7fd2_0000_0000, high: 0x47ff_fffe_87ff_fffe)
    /// What percent-encoding leaves as it is (RFC 3986, section 2.3).
    static let unreserved = ByteSet(low: 0x03ff_6000_0000_0000, high: 0x47ff_fffe_87ff_fffe)
}

extension UInt8 {
    static let carriageReturn: UInt8 = 13
    static let lineFeed: UInt8 = 10
    static let space: UInt8 = 32
    static let tab: UInt8 = 9
    static let percent: UInt8 = 37

    var isDigit: Bool { self >= 48 && self <= 57 }

    /// Optional white space (RFC 9110, section 5.6.3): space or tab.
    var isBlank: Bool { self == .space || self == .tab }

    /// Allowed in a field value (RFC 9110, section 5.5): visible, blank, or above ASCII.
    @inline(__always)
    var isFieldValueByte: Bool { self >= 32 ? self != 127 : self == .tab }

    /// The letter in lower case; any other byte as it is.
    @inline(__always)
    var lowercased: UInt8 { self >= 65 && self <= 90 ? self | 32 : self }

    /// The value of a hexadecimal digit of either case.
    var hexadecimalValue: UInt8? {
        switch self {
        case 48...57: self - 48
        case 65...70: self - 55
        case 97...102: self - 87
        default: nil
        }
    }
}
