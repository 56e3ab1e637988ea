import Glibc
import Model
import Wire

/// A group under load: who its members are and when what they tell of was due.
///
/// Every member receives the same bytes, so a frame is understood once and recognised after that by comparing bytes.
/// Confined to its worker's loop.
final class BenchGroup {
    /// A position of a frame: whose it is, and when it was due.
    struct Entry {
        var member: Int
        var due: UInt64
    }

    private struct KnownFrame {
        var bytes: [UInt8] = []
        var entries: [Entry] = []
    }

    let id: GroupID
    private(set) var members: [BenchMember] = []
    private var indices: [DeviceID: Int] = [:]
    private var known = [KnownFrame](repeating: KnownFrame(), count: 8)
    private var next = 0

    init(id: GroupID) { self.id = id }

    func add(_ member: BenchMember) {
        indices[member.device] = members.count
        members.append(member)
    }

    /// The positions of a frame that are of this run; nothing if the bytes are no `positions`.
    func entries(of text: RawSpan) -> [Entry]? {
        for frame in known where frame.bytes.count == text.byteCount && BenchGroup.isEqual(frame.bytes, text) {
            return frame.entries
        }
        guard case .positions(_, let positions)? = try? HubMessageDecoder.decode(text) else { return nil }
        var frame = KnownFrame()
        frame.bytes = unsafe text.withUnsafeBytes { unsafe Array($0) }
        frame.entries = entries(of: positions)
        known[next] = frame
        next = (next + 1) % known.count
        return frame.entries
    }

    /// Those of the positions that are of this run.
    func entries(of positions: [DevicePosition]) -> [Entry] {
        positions.compactMap { position in
            guard let index = indices[position.device], let due = members[index].due(of: position.fix.capturedAt)
            else { return nil }
            return Entry(member: index, due: due)
        }
    }

    /// Whether two texts of the same length are the same.
    private static func isEqual(_ left: [UInt8], _ right: RawSpan) -> Bool {
        unsafe right.withUnsafeBytes { right in
            unsafe left.withUnsafeBytes { left in
                guard let leftBytes = left.baseAddress, let rightBytes = right.baseAddress else { return true }
                return unsafe memcmp(leftBytes, rightBytes, left.count) == 0
            }
        }
    }
}
