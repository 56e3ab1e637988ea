/// A version of the protocol that is spoken here.
package enum TLSVersion: Int32, Comparable, Sendable {
    case tls12 = 0x0303
    case tls13 = 0x0304

    package static func < (left: TLSVersion, right: TLSVersion) -> Bool { left.rawValue < right.rawValue }
}
