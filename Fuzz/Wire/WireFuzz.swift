import Model
import Wire

/// A moment near the corpus's fixes, so that rules about age take some and refuse some.
private let now = Timestamp(milliseconds: 1_795_000_000_000)

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
    checkTree(bytes)
    checkClientMessage(bytes)
    checkHubMessage(bytes)
    checkRequests(bytes)
    checkTimestamp(bytes)
    return 0
}

/// Reading as a tree and skipping agree about what is well-formed, and a tree survives being written.
private func checkTree(_ bytes: [UInt8]) {
    let tree = try? JSONValue(bytes)
    let skipped: Void? = try? JSONReader.read(bytes.span.bytes) { (reader) throws(JSONError) -> Void in
        try reader.checkUTF8()
        try reader.skipValue()
        try reader.finish()
    }
    guard let tree else { return }
    precondition(skipped != nil, "a tree was read of what cannot be skipped")
    let written = JSONWriter.bytes { $0.value(tree) }
    guard let again = try? JSONValue(written), says(again, tree) else {
        preconditionFailure("a tree changed by being written")
    }
}

/// Whether two trees say the same. A number cut or rounded to a whole one, such as 1e-400, comes back as an integer.
private func says(_ left: JSONValue, _ right: JSONValue) -> Bool {
    switch (left, right) {
    case (.array(let left), .array(let right)):
        left.count == right.count && zip(left, right).allSatisfy { says($0, $1) }
    case (.object(let left), .object(let right)):
        left.count == right.count
            && zip(left, right).allSatisfy { $0.name == $1.name && says($0.value, $1.value) }
    case (.integer, .number), (.number, .integer): left.double == right.double
    default: left == right
    }
}

/// A message that was taken is the same after being sent on.
private func checkClientMessage(_ bytes: [UInt8]) {
    let decoder = ClientMessageDecoder()
    do throws(Refusal) {
        let envelope = try decoder.decode(bytes, at: now)
        // Bytes that are not UTF-8 come out repaired, and are then longer: a label may have grown past its limit.
        guard String(validating: bytes, as: UTF8.self) != nil else { return }
        var written: [UInt8] = []
        ClientMessageEncoder.encode(envelope, to: &written)
        precondition((try? decoder.decode(written, at: now)) == envelope, "a message changed by being sent on")
    } catch {
        precondition(error.code == .validationError || error.details.isEmpty)
        precondition(error.code != .validationError || !error.details.isEmpty, "refused without a reason")
        var written: [UInt8] = []
        HubMessageEncoder.error(error, to: &written)
        guard case .error(let failure)? = try? HubMessageDecoder.decode(written) else {
            preconditionFailure("an error that cannot be read")
        }
        precondition(failure.code == error.code && failure.re == error.id && failure.details == error.details)
    }
}

private func checkHubMessage(_ bytes: [UInt8]) {
    guard case .positions(let group, let positions)? = try? HubMessageDecoder.decode(bytes) else { return }
    var written: [UInt8] = []
    HubMessageEncoder.positions(positions, in: group, to: &written)
    precondition(
        (try? HubMessageDecoder.decode(written)) == .positions(group, positions), "positions changed by being sent on")
}

private func checkRequests(_ bytes: [UInt8]) {
    let decoder = RequestDecoder()
    _ = try? decoder.decodeLocationUpload(bytes, at: now)
    _ = try? decoder.decodeLocationBatch(bytes, at: now)
    _ = try? decoder.decodeRegistration(bytes)
    _ = try? decoder.decodeTicketRequest(bytes)
}

/// A time that was read is written as the same moment.
private func checkTimestamp(_ bytes: [UInt8]) {
    guard let moment = Timestamp(rfc3339: String(decoding: bytes, as: UTF8.self)) else { return }
    precondition(Timestamp(rfc3339: moment.rfc3339) == moment, "a time changed by being written")
}
