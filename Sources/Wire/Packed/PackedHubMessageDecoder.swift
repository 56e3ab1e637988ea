package import Model

/// Reads what the hub says over `presence.v1.packed`; for clients. One a connection: it keeps what the hub's numbers
/// stand for, and the members' anchors.
package struct PackedHubMessageDecoder: Sendable {
    /// What a message came to.
    package enum Reading: Hashable, Sendable {
        case message(HubMessage)
        /// It builds on something this client has not been told; to `watch` the group again mends that. Nothing of it
        /// was taken.
        case outdated(GroupID)
    }

    struct Member: Sendable {
        var device: DeviceID
        var anchor: PackedReference?
        /// 0 without an anchor.
        var version: UInt8 = 0
    }

    struct Group: Sendable {
        let id: GroupID
        var members: [Int: Member] = [:]
    }

    /// By the hub's numbers; as many as the client has watched and not forgotten.
    private var groups: [Int64: Group] = [:]

    package init() {}

    /// The client watches the group no longer.
    package mutating func forget(_ group: GroupID) {
        for (number, known) in groups where known.id == group { groups[number] = nil }
    }

    /// Reads one binary message.
    ///
    /// - Throws: ``Refusal`` for what is malformed or holds values no hub sends.
    package mutating func decode(_ message: RawSpan) throws(Refusal) -> Reading {
        guard message.byteCount > 0 else { throw Refusal(malformed: PackedError(.unexpectedEnd, at: 0)) }
        let tag = unsafe message.unsafeLoad(fromByteOffset: 0, as: UInt8.self)
        switch tag {
        case PackedTag.json: return .message(try HubMessageDecoder.decode(message, checkingUTF8: true))
        case PackedTag.member: return try member(message)
        case PackedTag.position, PackedTag.positions, PackedTag.snapshot, PackedTag.presence, PackedTag.ack: break
        default: return .message(.unknown(type: "0x" + String(tag, radix: 16)))
        }
        var errors: [FieldError] = []
        // Taken in only once the whole message has been read.
        var update: (number: Int64, group: Group)?
        let reading = try PackedReader.read(message) { (reader) throws(PackedError) -> Reading in
            _ = try reader.byte()
            switch tag {
            case PackedTag.position, PackedTag.positions:
                return try positions(tag == PackedTag.position ? 1 : nil, &reader, &update, &errors)
            case PackedTag.snapshot: return .message(.snapshot(try snapshot(&reader, &update, &errors)))
            case PackedTag.presence: return try presence(&reader)
            default:
                let re = try reader.messageID()
                let count = try reader.number(upTo: FieldReader.largestInteger)
                try reader.finish()
                return .message(.fixesStored(re: re, count: Int(count)))
            }
        }
        guard errors.isEmpty else { throw Refusal(details: errors, id: nil) }
        guard case .message = reading, let update else { return reading }
        if tag == PackedTag.snapshot { forget(update.group.id) }
        groups[update.number] = update.group
        return reading
    }

    /// As above, for bytes of one's own.
    package mutating func decode(_ message: [UInt8]) throws(Refusal) -> Reading {
        try decode(unsafe message.span.bytes)
    }

    /// Of a group that is not watched; it was on its way when the client unwatched.
    private static func stray(_ type: String) -> Reading { .message(.unknown(type: type)) }

    /// - Parameter count: `nil` if the message says how many they are.
    private func positions(
        _ count: Int64?, _ reader: inout PackedReader, _ update: inout (number: Int64, group: Group)?,
        _ errors: inout [FieldError]
    ) throws(PackedError) -> Reading {
        let number = try reader.number()
        let count = if let count { count } else { try reader.number() }
        var group = groups[number]
        var isOutdated = false
        var positions: [DevicePosition] = []
        for _ in 0..<count {
            let key = try reader.number(upTo: PackedLimits.largestMember << 1 | 1)
            let version = try reader.byte()
            let told = key & 1 == 1 ? try reader.reference() : nil
            let place = Int(key >> 1)
            let member = group?.members[place]
            var reference = told ?? (member?.version == version ? member?.anchor : nil)
            // A position by itself needs no anchor, so that one who has none may still be told of.
            let needsReference = try reader.nextFixIsDifference()
            if member == nil || needsReference && reference == nil { isOutdated = true }
            // What cannot be understood is still read, so that whether it is well-formed is always known.
            if reference == nil, needsReference { reference = PackedReference(time: 0, latitude: 0, longitude: 0) }
            let read = try reader.fix(after: reference, at: HubMessageDecoder.unjudged)
            guard var member, !isOutdated else { continue }
            errors += read.errors.map {
                FieldError(field: "positions[\(positions.count)].\($0.field)", message: $0.message)
            }
            if let told {
                member.anchor = told
                member.version = version
                group?.members[place] = member
            }
            positions.append(DevicePosition(device: member.device, fix: read.fix))
        }
        try reader.finish()
        guard let group else { return PackedHubMessageDecoder.stray("positions") }
        guard !isOutdated else { return .outdated(group.id) }
        update = (number, group)
        return .message(.positions(group.id, positions))
    }

    private func snapshot(
        _ reader: inout PackedReader, _ update: inout (number: Int64, group: Group)?, _ errors: inout [FieldError]
    ) throws(PackedError) -> HubMessage.Snapshot {
        let re = try reader.messageID()
        let number = try reader.number()
        var group = Group(id: try reader.group())
        let count = try reader.number()
        var members: [GroupMember] = []
        for _ in 0..<count {
            let place = try reader.memberNumber()
            let device = DeviceID(try reader.uniqueID())
            let displayName = try reader.text()
            let (presence, status) = try reader.presence()
            var member = Member(device: device)
            if status & PackedStatus.hasAnchor != 0 {
                member.version = try reader.byte()
                member.anchor = try reader.reference()
            }
            var state = GroupMember(device: device, displayName: displayName, presence: presence)
            if status & PackedStatus.hasFix != 0 {
                let read = try reader.fix(after: member.anchor, at: HubMessageDecoder.unjudged)
                errors += read.errors.map {
                    FieldError(
                        field: "members[\(members.count)].lastLocation.\($0.field)", message: $0.message)
                }
                state.lastFix = read.fix
            }
            members.append(state)
            group.members[place] = member
        }
        try reader.finish()
        update = (number, group)
        return HubMessage.Snapshot(re: re, group: group.id, members: members)
    }

    private func presence(_ reader: inout PackedReader) throws(PackedError) -> Reading {
        let number = try reader.number()
        let place = try reader.memberNumber()
        let (presence, _) = try reader.presence()
        try reader.finish()
        guard let group = groups[number] else { return PackedHubMessageDecoder.stray("presence") }
        guard let member = group.members[place] else { return .outdated(group.id) }
        return .message(.presence(.init(group: group.id, device: member.device, presence: presence)))
    }

    private mutating func member(_ message: RawSpan) throws(Refusal) -> Reading {
        let (number, place, start) = try PackedReader.read(message) {
            (reader) throws(PackedError) -> (Int64, Int, Int) in
            _ = try reader.byte()
            return (try reader.number(), try reader.memberNumber(), reader.position)
        }
        let json = try HubMessageDecoder.decode(message.extracting(droppingFirst: start), checkingUTF8: true)
        guard case .member(let change) = json else {
            throw Refusal(.validationError, message: "A member message is expected")
        }
        guard let group = groups[number] else { return PackedHubMessageDecoder.stray("member") }
        guard group.id == change.group else {
            throw Refusal(.validationError, message: "The group's name is not its number's")
        }
        switch change.kind {
        case .left: groups[number]?.members[place] = nil
        case .joined: groups[number]?.members[place] = Member(device: change.device)
        case .updated:
            // Its anchor stays what it is.
            guard group.members[place]?.device == change.device else { return .outdated(group.id) }
        }
        return .message(json)
    }
}

extension PackedReader {
    /// Whether the fix that is next is told as a difference.
    fileprivate func nextFixIsDifference() throws(PackedError) -> Bool {
        PackedFlags(rawValue: try peek()).placeForm < 2
    }

    /// A presence, and the byte it began with.
    fileprivate mutating func presence() throws(PackedError) -> (Presence, UInt8) {
        let start = position
        let status = try byte()
        guard status < 1 << 6 else { throw PackedError(.unknownForm, at: start) }
        let note = status & PackedStatus.hasNote == 0 ? nil : try text()
        let timeStart = position
        let lastSeenAt = Timestamp(milliseconds: try signedNumber())
        guard Timestamp.writable.contains(lastSeenAt) else { throw PackedError(.numberTooLarge, at: timeStart) }
        return (Presence(status: PackedStatus.status(of: status), note: note, lastSeenAt: lastSeenAt), status)
    }
}
