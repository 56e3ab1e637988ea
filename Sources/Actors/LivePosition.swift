package import Model

/// A device's newest fix.
package struct LivePosition: Hashable, Sendable {
    /// The member's in its group: small, and another's only after it has left.
    package var number: Int
    package var device: DeviceID
    package var fix: Fix

    package init(number: Int, device: DeviceID, fix: Fix) {
        self.number = number
        self.device = device
        self.fix = fix
    }
}
