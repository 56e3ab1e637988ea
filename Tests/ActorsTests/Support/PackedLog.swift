import Actors
import Model
import Wire

/// Encodes what a group's packed watchers get, as it goes over the wire.
///
/// Confined to its loop: every method is called by whoever moves that.
final class PackedLog: PackedEncoder {
    private var encoder: PackedGroupEncoder
    /// Frames made for everybody.
    private(set) var frames = 0

    init(_ group: GroupID, number: UInt64) { encoder = PackedGroupEncoder(group, number: number) }

    func positions(_ positions: [LivePosition]) -> PackedPositions {
        frames += 1
        var bytes: [UInt8] = []
        var isFoundation = false
        encoder.beginPositions(positions.count, to: &bytes)
        for position in positions {
            isFoundation = encoder.append(position.fix, of: position.number, to: &bytes) || isFoundation
        }
        return PackedPositions(frame: bytes, isFoundation: isFoundation)
    }

    func restated(_ positions: [LivePosition]) -> [UInt8] {
        var bytes: [UInt8] = []
        encoder.beginPositions(positions.count, to: &bytes)
        for position in positions { encoder.restate(position.fix, of: position.number, to: &bytes) }
        return bytes
    }

    func presence(_ presence: Presence, of number: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        encoder.presence(presence, of: number, to: &bytes)
        return bytes
    }

    func member(_ change: MembershipChange, number: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        let group = encoder.group
        encoder.member(number, to: &bytes) { json in
            switch change {
            case .joined(let member): HubMessageEncoder.joined(member.onWire, in: group, to: &json)
            case .updated(let member): HubMessageEncoder.updated(member.onWire, in: group, to: &json)
            case .left(let device):
                HubMessageEncoder.left(device.id, displayName: device.displayName, in: group, to: &json)
            }
        }
        return bytes
    }

    func snapshot(_ snapshot: GroupSnapshot, re: Int64?) -> [UInt8] {
        var bytes: [UInt8] = []
        encoder.beginSnapshot(snapshot.members.count, re: re, to: &bytes)
        for member in snapshot.members { encoder.append(member.onWire, of: member.number, to: &bytes) }
        return bytes
    }

    func forget(_ number: Int) { encoder.forget(number) }
}

extension LiveMember {
    fileprivate var onWire: GroupMember {
        GroupMember(device: device.id, displayName: device.displayName, presence: presence, lastFix: fix)
    }
}
