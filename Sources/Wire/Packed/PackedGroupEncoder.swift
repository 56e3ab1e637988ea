package import Model

/// Writes what all who watch one group over `presence.v1.packed` are told, and knows what they all know: each member's
/// anchor, the time and place that its positions are told as differences from.
///
/// An anchor is set by a frame that goes to everybody, and told again to whoever has missed one: a snapshot and a
/// catch-up name the anchors of the members they tell of. So a difference never counts from something a watcher has
/// not been told. Anchors belong to numbers, not to devices; ``forget(_:)`` when a number's member has left.
package struct PackedGroupEncoder: Sendable {
    package let group: GroupID
    /// What the group is called in frames; never another group's in the same process.
    package let number: UInt64
    /// By their numbers.
    private var members: [Member] = []

    private struct Member {
        /// Nothing before the first position, and after the member has left.
        var anchor: Anchor?
        /// The newest anchor's, kept when that is forgotten, so that what comes next does not look like what was.
        var version: UInt8 = 0
    }

    fileprivate struct Anchor {
        var reference: PackedReference
        /// 1 … 255, the next one being another; a receiver with another version has missed something.
        var version: UInt8
        /// Bytes that positions took more than they would have close to a new anchor.
        var excess = 0
    }

    /// What a new anchor takes beside the position told with it: when the old one has cost as much, it is replaced.
    private static let anchorBytes = 14

    package init(_ group: GroupID, number: UInt64) {
        self.group = group
        self.number = number
    }

    /// The member has left: its number may become another's, of which nothing is known.
    package mutating func forget(_ member: Int) {
        if member < members.count { members[member].anchor = nil }
    }

    // MARK: Positions

    /// Begins a message, to be followed by `count` positions.
    package func beginPositions(_ count: Int, to bytes: inout [UInt8]) {
        bytes.append(count == 1 ? PackedTag.position : PackedTag.positions)
        bytes.append(packed: number)
        if count != 1 { bytes.append(packed: UInt64(count)) }
    }

    /// Adds a position to a message that goes to everybody, and moves the member's anchor if that saves bytes.
    ///
    /// - Returns: Whether it did; then nobody may be left out.
    package mutating func append(_ fix: Fix, of member: Int, to bytes: inout [UInt8]) -> Bool {
        let anchor = anchor(of: member)
        let place = PackedPlace(of: fix, after: anchor?.reference)
        // What is told raw needs no anchor and makes none.
        guard place.form != PackedPlace.rawForm, let reference = PackedReference(fix) else {
            append(fix, at: place, of: member, anchor, isNew: false, to: &bytes)
            return false
        }
        if let anchor, let excess = anchor.excess(of: fix, at: place),
            anchor.excess + excess < PackedGroupEncoder.anchorBytes
        {
            members[member].anchor?.excess += excess
            append(fix, at: place, of: member, anchor, isNew: false, to: &bytes)
            return false
        }
        let new = setAnchor(of: member, reference)
        append(fix, at: PackedPlace(of: fix, after: reference), of: member, new, isNew: true, to: &bytes)
        return true
    }

    /// Adds a position to a message for somebody who has missed others: it tells the anchor too, and moves none.
    package func restate(_ fix: Fix, of member: Int, to bytes: inout [UInt8]) {
        let anchor = anchor(of: member)
        let place = PackedPlace(of: fix, after: anchor?.reference)
        append(fix, at: place, of: member, anchor, isNew: anchor != nil, to: &bytes)
    }

    private func append(
        _ fix: Fix, at place: PackedPlace, of member: Int, _ anchor: Anchor?, isNew: Bool, to bytes: inout [UInt8]
    ) {
        bytes.append(packed: UInt64(member) << 1 | (isNew ? 1 : 0))
        bytes.append(anchor?.version ?? 0)
        if isNew, let anchor { bytes.append(anchor.reference) }
        bytes.append(fix, at: place, after: anchor?.reference)
    }

    // MARK: What else is told

    /// What is shown of a device.
    package func presence(_ presence: Presence, of member: Int, to bytes: inout [UInt8]) {
        bytes.append(PackedTag.presence)
        bytes.append(packed: number)
        bytes.append(packed: UInt64(member))
        bytes.append(presence)
    }

    /// - Parameter json: Writes the message as ``HubMessageEncoder`` does.
    package func member(_ member: Int, to bytes: inout [UInt8], _ json: (inout [UInt8]) -> Void) {
        bytes.append(PackedTag.member)
        bytes.append(packed: number)
        bytes.append(packed: UInt64(member))
        json(&bytes)
    }

    /// Begins a snapshot, to be followed by all members, which are `count`.
    package func beginSnapshot(_ count: Int, re: Int64?, to bytes: inout [UInt8]) {
        bytes.append(PackedTag.snapshot)
        bytes.append(packedID: re)
        bytes.append(packed: number)
        bytes.append(packedText: group.rawValue)
        bytes.append(packed: UInt64(count))
    }

    /// Adds a member to a snapshot, its anchor included.
    package func append(_ state: GroupMember, of member: Int, to bytes: inout [UInt8]) {
        let anchor = anchor(of: member)
        bytes.append(packed: UInt64(member))
        bytes.append(packedID: state.device.rawValue)
        bytes.append(packedText: state.displayName)
        let flags =
            (state.lastFix == nil ? 0 : PackedStatus.hasFix) | (anchor == nil ? 0 : PackedStatus.hasAnchor)
        bytes.append(state.presence, flags: flags)
        if let anchor {
            bytes.append(anchor.version)
            bytes.append(anchor.reference)
        }
        if let fix = state.lastFix { bytes.append(fix, after: anchor?.reference) }
    }

    // MARK: Anchors

    private func anchor(of member: Int) -> Anchor? { member < members.count ? members[member].anchor : nil }

    private mutating func setAnchor(of member: Int, _ reference: PackedReference) -> Anchor {
        while members.count <= member { members.append(Member()) }
        let version = members[member].version == .max ? 1 : members[member].version + 1
        let anchor = Anchor(reference: reference, version: version)
        members[member] = Member(anchor: anchor, version: version)
        return anchor
    }
}

extension PackedGroupEncoder.Anchor {
    /// Bytes that a position told from this anchor takes more than from a new one; nothing if it cannot be.
    fileprivate func excess(of fix: Fix, at place: PackedPlace) -> Int? {
        guard place.isDifference else { return nil }
        let elapsed = fix.capturedAt.milliseconds - reference.time
        // Milliseconds take two bytes even close by.
        let timeBytes =
            elapsed.isMultiple(of: 1000)
            ? PackedGroupEncoder.bytes(elapsed / 1000 << 1) - 1 : max(PackedGroupEncoder.bytes(elapsed << 1) - 2, 0)
        if case .near = place { return timeBytes }
        return timeBytes + 2
    }
}

extension PackedGroupEncoder {
    /// How many bytes a number takes.
    fileprivate static func bytes(_ value: Int64) -> Int { max(1, (64 - value.leadingZeroBitCount + 6) / 7) }
}
