import Model
import Wire

/// A moment near the corpus's fixes, so that rules about age take some and refuse some.
private let now = Timestamp(milliseconds: 1_795_170_600_000)

/// The first byte says what the rest is: messages of a client or of the hub, each with its length in one byte before it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard let kind = bytes.first else { return 0 }
    let messages = split(bytes.dropFirst())
    if kind & 1 == 0 { checkClient(messages) } else { checkHub(messages) }
    return 0
}

private func split(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
    var messages: [[UInt8]] = []
    var rest = bytes
    while let length = rest.popFirst() {
        messages.append(Array(rest.prefix(Int(length))))
        rest = rest.dropFirst(Int(length))
    }
    return messages
}

/// What was taken is the same after being sent on, packed and as JSON; what was refused is refused for a reason.
private func checkClient(_ messages: [[UInt8]]) {
    let decoder = PackedClientMessageDecoder()
    var reference: PackedReference?
    var encoder = PackedClientMessageEncoder()
    var sentOn: PackedReference?
    for message in messages {
        do throws(Refusal) {
            let envelope = try decoder.decode(message, after: &reference, at: now)
            var packed: [UInt8] = []
            encoder.encode(envelope, to: &packed)
            precondition(
                (try? decoder.decode(packed, after: &sentOn, at: now)) == envelope, "a message changed by being sent on"
            )
            var text: [UInt8] = []
            ClientMessageEncoder.encode(envelope, to: &text)
            precondition((try? decoder.json.decode(text, at: now)) == envelope, "JSON would not have brought it")
        } catch {
            precondition(error.code == .validationError || error.details.isEmpty)
            precondition(error.code != .validationError || !error.details.isEmpty, "refused without a reason")
        }
    }
}

/// What a client makes of a message, it makes of it again after the same messages; and positions survive being sent on.
private func checkHub(_ messages: [[UInt8]]) {
    var decoder = PackedHubMessageDecoder()
    var same = PackedHubMessageDecoder()
    for message in messages {
        let before = decoder
        let reading = try? decoder.decode(message)
        precondition((try? same.decode(message)) == reading, "a message was read in two ways")
        guard let reading else {
            // Refused whole: what comes next is read as if it had not come.
            decoder = before
            continue
        }
        if case .message(.positions(let group, let positions)) = reading { checkPositions(positions, in: group) }
    }
}

/// Sends positions on as a hub does, to one who gets every frame and to one who gets only what is told again.
private func checkPositions(_ positions: [DevicePosition], in group: GroupID) {
    var encoder = PackedGroupEncoder(group, number: 1)
    var steady = PackedHubMessageDecoder()
    var late = PackedHubMessageDecoder()
    var snapshot: [UInt8] = []
    encoder.beginSnapshot(positions.count, re: nil, to: &snapshot)
    for (number, position) in positions.enumerated() {
        let presence = Presence(status: .online, lastSeenAt: now)
        encoder.append(
            GroupMember(device: position.device, displayName: "", presence: presence), of: number, to: &snapshot)
    }
    precondition((try? steady.decode(snapshot)) != nil && (try? late.decode(snapshot)) != nil)
    let expected = PackedHubMessageDecoder.Reading.message(.positions(group, positions))
    for _ in 0..<2 {
        var frame: [UInt8] = []
        encoder.beginPositions(positions.count, to: &frame)
        for (number, position) in positions.enumerated() { _ = encoder.append(position.fix, of: number, to: &frame) }
        precondition((try? steady.decode(frame)) == expected, "positions changed by being sent on")
        var again: [UInt8] = []
        encoder.beginPositions(positions.count, to: &again)
        for (number, position) in positions.enumerated() { encoder.restate(position.fix, of: number, to: &again) }
        precondition((try? late.decode(again)) == expected, "positions changed by being told again")
    }
}
