package import Model

/// Makes the frames that a group sends, each once for all who watch. Called on the group's loop.
///
/// What a frame is, the actors do not know: whoever implements this and ``GroupObserver`` agrees on it.
package protocol GroupEncoder: AnyObject, Sendable {
    /// The newest fix of each device that moved; never empty.
    func positions(_ positions: [LivePosition], in group: GroupID) -> [UInt8]

    /// What the others are shown of one device.
    func presence(_ presence: Presence, of device: DeviceID, in group: GroupID) -> [UInt8]

    func member(_ change: MembershipChange, in group: GroupID) -> [UInt8]

    /// - Parameter re: The `id` of the request it answers; `nil` when a slow reader gets it in place of what it missed.
    func snapshot(_ snapshot: GroupSnapshot, re: Int64?) -> [UInt8]

    /// A frame of the others as those are sent it who read them compressed; the frame itself if it is short.
    func deflated(_ frame: [UInt8]) -> [UInt8]

    /// What makes the group's packed frames, for watchers of whom none has been told anything yet.
    func packed(_ group: GroupID) -> any PackedEncoder
}
