import HTTP
import WebSocket

private let limit = 4096

/// The first byte chooses the settings, the second how the rest is cut.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count >= 2 else { return 0 }
    let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
    let bytes = Array(input[2...])
    if input[0] & 0x80 != 0 { checkHandshake(bytes) } else { checkFrames(bytes, settings: input[0], cut: input[1]) }
    return 0
}

private struct Outcome: Equatable {
    var heard: [(event: FrameEvent, payload: [UInt8])] = []
    var fault: WebSocketFault?

    static func == (left: Outcome, right: Outcome) -> Bool {
        left.fault == right.fault && left.heard.elementsEqual(right.heard) { $0 == $1 }
    }
}

/// libFuzzer calls from one thread.
private nonisolated(unsafe) let resources = CodecResources()

/// However bytes are cut, they mean the same; nothing is delivered that the limits or the RFC forbid.
private func checkFrames(_ bytes: [UInt8], settings: UInt8, cut: UInt8) {
    let whole = parse([bytes], settings)
    precondition(parse(bytes.map { [$0] }, settings) == whole, "cut at every byte it means something else")
    let size = Int(cut) + 1
    let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
    precondition(parse(pieces, settings) == whole, "cut it means something else")

    for (index, (event, payload)) in whole.heard.enumerated() {
        switch event {
        case .text:
            precondition(String(validating: payload, as: UTF8.self) != nil, "a text that is none")
            precondition(payload.count <= limit)
        case .binary: precondition(payload.count <= limit)
        case .ping, .pong: precondition(payload.count <= 125)
        case .close(let code):
            precondition(code?.maySend != false && payload.count <= 123)
            precondition(String(validating: payload, as: UTF8.self) != nil, "a reason that is no text")
            precondition(index == whole.heard.count - 1 && whole.fault == nil, "something behind a close")
        }
    }
    if let fault = whole.fault {
        precondition(fault.code.maySend && fault.description.utf8.count <= 123, "a fault that cannot be sent")
    }
}

private func parse(_ pieces: [[UInt8]], _ settings: UInt8) -> Outcome {
    let compression = InflateSettings(windowBits: 8 + Int(settings >> 3 & 7), keepsContext: settings & 4 != 0)
    var parser = FrameParser(
        peer: settings & 1 == 0 ? .client : .server, maximumMessageBytes: limit,
        compression: settings & 2 == 0 ? nil : compression, resources: resources)
    var outcome = Outcome()
    for piece in pieces {
        do throws(WebSocketFault) {
            let consumed = try parser.parse(piece.span.bytes) { event, payload in
                outcome.heard.append((event, payload.withUnsafeBytes { Array($0) }))
                return true
            }
            if consumed < piece.count { break }
        } catch {
            outcome.fault = error
            break
        }
    }
    return outcome
}

/// A request made of the bytes as the handshake's fields, one a line, is answered, whatever they say.
private func checkHandshake(_ bytes: [UInt8]) {
    let values = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    var headers: HTTPHeaders = ["Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"]
    let names = ["Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol", "Sec-WebSocket-Key"]
    for (name, value) in zip(names, values) { headers.append(name, String(value)) }
    if values.count < 3 { headers.append("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==") }
    guard let request = try? HTTPRequest(.get, "/", headers: headers) else { return }
    var options = WebSocketOptions()
    options.deflate = DeflateOptions()
    options.subprotocols = ["presence.v1"]
    guard case .success(let acceptance) = WebSocketHandshake.accept(request, options: options) else { return }
    precondition(acceptance.subprotocol == nil || acceptance.subprotocol == "presence.v1")
    if let deflate = acceptance.deflate {
        precondition((8...15).contains(deflate.serverMaxWindowBits) && (8...15).contains(deflate.clientMaxWindowBits))
    }
    if let url = WebSocketURL("ws://" + String(decoding: bytes, as: UTF8.self)) {
        precondition(url.target.first == "/" && !url.target.contains { $0.isWhitespace || $0.isNewline })
    }
}
