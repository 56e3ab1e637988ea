/// A packed frame of positions.
package struct PackedPositions: Hashable, Sendable {
    package var frame: [UInt8]
    /// Whether later frames build on this one: then everybody who keeps up must get it.
    package var isFoundation: Bool

    package init(frame: [UInt8], isFoundation: Bool) {
        self.frame = frame
        self.isFoundation = isFoundation
    }
}
