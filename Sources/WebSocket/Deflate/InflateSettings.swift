/// How the peer's compressed messages are read (RFC 7692, 7.1).
package struct InflateSettings: Equatable, Sendable {
    /// 8…15; the base-2 logarithm of the peer's window.
    package var windowBits: Int
    /// Whether a message may refer to the ones before it.
    package var keepsContext: Bool

    package init(windowBits: Int = 15, keepsContext: Bool = true) {
        self.windowBits = windowBits
        self.keepsContext = keepsContext
    }
}
