package import Model

/// Makes the packed frames that one group sends, each once for all who watch, and remembers what they have all been told.
/// Called on the group's loop, by nobody but the group, as long as somebody watches packed.
package protocol PackedEncoder: AnyObject {
    /// The newest fix of each device that moved; never empty.
    func positions(_ positions: [LivePosition]) -> PackedPositions

    /// As above, for one who has missed others: it builds on nothing, and nothing will build on it.
    func restated(_ positions: [LivePosition]) -> [UInt8]

    /// What the others are shown of one device.
    func presence(_ presence: Presence, of number: Int) -> [UInt8]

    func member(_ change: MembershipChange, number: Int) -> [UInt8]

    /// - Parameter re: As for ``GroupEncoder``.
    func snapshot(_ snapshot: GroupSnapshot, re: Int64?) -> [UInt8]

    /// The member has left, and its number may become another's. Said whether or not anybody is told.
    func forget(_ number: Int)
}
