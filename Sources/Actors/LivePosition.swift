package import Model

/// A device's newest fix.
package struct LivePosition: Hashable, Sendable {
    package var device: DeviceID
    package var fix: Fix

    package init(device: DeviceID, fix: Fix) {
        self.device = device
        self.fix = fix
    }
}
