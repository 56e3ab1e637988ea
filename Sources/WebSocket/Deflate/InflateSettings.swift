/// How the peer's compressed messages are read (RFC 7692, 7.1).
package struct InflateSettings: Equatable, Sendable {
    /// 8…15; the base-2 logarithm of the peer's window.
    package var windowBits: Int {
        get { Int(bits) }
        set { bits = UInt8(newValue) }
    }
    /// Whether a message may refer to the ones before it.
    package var keepsContext: Bool

    /// Small: every connection has one.
    private var bits: UInt8

    package init(windowBits: Int = 15, keepsContext: Bool = true) {
        bits = UInt8(windowBits)
        self.keepsContext = keepsContext
    }
}
