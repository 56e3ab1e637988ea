internal import Actors
internal import Model
internal import Synchronization
internal import WebSocket
internal import Wire

/// Makes the packed frames of one group: whole WebSocket binary frames, each encoded once for all who watch packed.
///
/// Held and called by the group's actor alone.
final class PackedStreamEncoder: PackedEncoder {
    private var encoder: PackedGroupEncoder
    private var message: [UInt8] = []

    /// Groups are numbered through all loops, and again whenever somebody begins to watch one: a connection may watch
    /// groups of several loops, and a frame that comes late must not be taken for another's.
    private static let lastNumber = Atomic<UInt64>(0)

    init(_ group: GroupID) {
        let number = PackedStreamEncoder.lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
        encoder = PackedGroupEncoder(group, number: number)
    }

    func positions(_ positions: [LivePosition]) -> PackedPositions {
        message.removeAll(keepingCapacity: true)
        var isFoundation = false
        encoder.beginPositions(positions.count, to: &message)
        for position in positions {
            isFoundation = encoder.append(position.fix, of: position.number, to: &message) || isFoundation
        }
        return PackedPositions(frame: PreparedFrame(binary: message).bytes, isFoundation: isFoundation)
    }

    func restated(_ positions: [LivePosition]) -> [UInt8] {
        frame { encoder, message in
            encoder.beginPositions(positions.count, to: &message)
            for position in positions { encoder.restate(position.fix, of: position.number, to: &message) }
        }
    }

    func presence(_ presence: Presence, of number: Int) -> [UInt8] {
        frame { $0.presence(presence, of: number, to: &$1) }
    }

    func member(_ change: MembershipChange, number: Int) -> [UInt8] {
        frame { encoder, message in
            encoder.member(number, to: &message) { change.write(in: encoder.group, to: &$0) }
        }
    }

    func snapshot(_ snapshot: GroupSnapshot, re: Int64?) -> [UInt8] {
        frame { encoder, message in
            encoder.beginSnapshot(snapshot.members.count, re: re, to: &message)
            for member in snapshot.members { encoder.append(GroupMember(member), of: member.number, to: &message) }
        }
    }

    func forget(_ number: Int) { encoder.forget(number) }

    private func frame(_ write: (PackedGroupEncoder, inout [UInt8]) -> Void) -> [UInt8] {
        message.removeAll(keepingCapacity: true)
        write(encoder, &message)
        return PreparedFrame(binary: message).bytes
    }
}
