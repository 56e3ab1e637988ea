import Actors
import Model
import Testing

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

    /// How many frames were compressed.
    private(set) var deflatedCount = 0

    /// Marked as another frame, and none for whoever reads it as it is.
    func deflated(_ frame: [UInt8]) -> [UInt8] {
        deflatedCount += 1
        return [FrameLog.deflationMark] + frame
    }

    private static let deflationMark: UInt8 = 0xFF

    /// What makes the packed frames of the group that was asked for last.
    private(set) var packed: PackedLog?
    private var lastNumber: UInt64 = 0

    func packed(_ group: GroupID) -> any PackedEncoder {
        lastNumber += 1
        let log = PackedLog(group, number: lastNumber)
        packed = log
        return log
    }

    /// What an observer reads that is told in the dialect; another dialect's frame is found out.
    func content(of frame: [UInt8], in dialect: Dialect = .json) -> FrameContent {
        #expect((frame.first == FrameLog.deflationMark) == (dialect == .deflated), "a frame of another dialect")
        let number = frame.first == FrameLog.deflationMark ? frame.dropFirst() : frame[...]
        return contents[number.reduce(0) { $0 << 8 | Int($1) }]
    }

    private func log(_ content: FrameContent) -> [UInt8] {
        contents.append(content)
        let number = contents.count - 1
        return [UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
    }
}
