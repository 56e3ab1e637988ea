import Actors
import Model

/// What a frame says.
enum FrameContent: Hashable, Sendable {
    case positions([LivePosition])
    case presence(DeviceID, Presence)
    case member(MembershipChange)
    case snapshot(GroupSnapshot, re: Int64?)
}

/// Encodes a frame as its number in a log, so that observers can read it back.
///
/// Confined to its loop: every method is called by whoever moves that.
final class FrameLog: GroupEncoder, @unchecked Sendable {
    private(set) var contents: [FrameContent] = []

    func positions(_ positions: [LivePosition], in group: GroupID) -> [UInt8] { log(.positions(positions)) }

    func presence(_ presence: Presence, of device: DeviceID, in group: GroupID) -> [UInt8] {
        log(.presence(device, presence))
    }

    func member(_ change: MembershipChange, in group: GroupID) -> [UInt8] { log(.member(change)) }

    func snapshot(_ snapshot: GroupSnapshot, re: Int64?) -> [UInt8] { log(.snapshot(snapshot, re: re)) }

    /// What makes the packed frames of the group that was asked for last.
    private(set) var packed: PackedLog?
    private var lastNumber: UInt64 = 0

    func packed(_ group: GroupID) -> any PackedEncoder {
        lastNumber += 1
        let log = PackedLog(group, number: lastNumber)
        packed = log
        return log
    }

    func content(of frame: [UInt8]) -> FrameContent {
        contents[frame.reduce(0) { $0 << 8 | Int($1) }]
    }

    private func log(_ content: FrameContent) -> [UInt8] {
        contents.append(content)
        let number = contents.count - 1
        return [UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
    }
}
