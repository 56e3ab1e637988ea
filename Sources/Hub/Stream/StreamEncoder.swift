internal import Actors
internal import Model
internal import WebSocket
internal import Wire

/// Makes the frames that a group sends: whole WebSocket text frames, each encoded once for all who watch.
///
/// `@unchecked Sendable`: one a loop, called there only.
final class StreamEncoder: GroupEncoder, @unchecked Sendable {
    private var text: [UInt8] = []
    private let deflater = FrameDeflater(.stream)

    func positions(_ positions: [LivePosition], in group: GroupID) -> [UInt8] {
        frame { text in
            HubMessageEncoder.positions(in: group, to: &text) { list in
                for position in positions { list.append(position.device, position.fix) }
            }
        }
    }

    func presence(_ presence: Presence, of device: DeviceID, in group: GroupID) -> [UInt8] {
        frame { HubMessageEncoder.presence(presence, of: device, in: group, to: &$0) }
    }

    func member(_ change: MembershipChange, in group: GroupID) -> [UInt8] {
        frame { change.write(in: group, to: &$0) }
    }

    func snapshot(_ snapshot: GroupSnapshot, re: Int64?) -> [UInt8] {
        frame { text in
            HubMessageEncoder.snapshot(of: snapshot.group, re: re, to: &text) { json in
                for member in snapshot.members {
                    json.groupMember(member.device.id, member.device.displayName, member.presence, member.fix)
                }
            }
        }
    }

    func deflated(_ frame: [UInt8]) -> [UInt8] { deflater.deflated(PreparedFrame(encoded: frame)).bytes }

    func packed(_ group: GroupID) -> any PackedEncoder { PackedStreamEncoder(group) }

    private func frame(_ write: (inout [UInt8]) -> Void) -> [UInt8] {
        text.removeAll(keepingCapacity: true)
        write(&text)
        return PreparedFrame(text: text).bytes
    }
}

extension MembershipChange {
    /// As JSON, which a packed message holds too.
    func write(in group: GroupID, to text: inout [UInt8]) {
        switch self {
        case .joined(let member): HubMessageEncoder.joined(GroupMember(member), in: group, to: &text)
        case .updated(let member): HubMessageEncoder.updated(GroupMember(member), in: group, to: &text)
        case .left(let device):
            HubMessageEncoder.left(device.id, displayName: device.displayName, in: group, to: &text)
        }
    }
}

extension GroupMember {
    init(_ member: LiveMember) {
        self.init(
            device: member.device.id, displayName: member.device.displayName, presence: member.presence,
            lastFix: member.fix)
    }
}
