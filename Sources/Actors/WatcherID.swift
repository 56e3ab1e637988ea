/// Names one who watches from another loop; given out by the loop it lives on, which also looks it up.
package struct WatcherID: Hashable, Sendable {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
}
