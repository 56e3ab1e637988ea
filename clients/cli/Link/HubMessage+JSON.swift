import Wire

extension HubMessage {
    /// The message as `presence.v1` has it.
    ///
    /// - Parameter bytes: As it came: in a packed stream only the rare messages are JSON already.
    func json(received bytes: RawSpan) -> [UInt8] {
        if bytes.byteCount > 0, unsafe bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == UInt8(ascii: "{") {
            return unsafe bytes.withUnsafeBytes { unsafe Array($0) }
        }
        var text: [UInt8] = []
        switch self {
        case .snapshot(let snapshot): HubMessageEncoder.snapshot(snapshot, to: &text)
        case .positions(let group, let positions): HubMessageEncoder.positions(positions, in: group, to: &text)
        case .presence(let change):
            HubMessageEncoder.presence(change.presence, of: change.device, in: change.group, to: &text)
        case .member(let change):
            if let state = change.state, change.kind == .joined {
                HubMessageEncoder.joined(state, in: change.group, to: &text)
            } else if let state = change.state {
                HubMessageEncoder.updated(state, in: change.group, to: &text)
            } else {
                HubMessageEncoder.left(
                    change.device, displayName: change.displayName, in: change.group, to: &text)
            }
        case .fixesStored(let re, let count): HubMessageEncoder.ack(re: re, processed: count, to: &text)
        default: break
        }
        return text
    }
}
