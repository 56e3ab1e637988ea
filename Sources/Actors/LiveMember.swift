package import Model

/// One member of a group as the others see it: what snapshots and listings are made of.
package struct LiveMember: Hashable, Sendable {
    /// As ``LivePosition/number``.
    package var number: Int
    package var device: Device
    /// As shown: never `invisible`.
    package var presence: Presence
    /// The newest fix.
    package var fix: Fix?

    package init(number: Int, device: Device, presence: Presence, fix: Fix?) {
        self.number = number
        self.device = device
        self.presence = presence
        self.fix = fix
    }
}
