internal import Crypto
internal import EventLoop
internal import HTTPClient
internal import Wire

/// Calls to a provider, from a loop. Callable from any thread.
///
/// Each has a connection of its own: they are few, and nothing has to be closed when the hub stops.
struct ProviderCalls: Sendable {
    private let loop: Loop

    /// Bytes of an answer.
    static let longestAnswer = 1 << 20

    init(on loop: Loop) { self.loop = loop }

    func send(_ call: HTTPCall) async throws(ProviderFault) -> HTTPAnswer {
        var call = call
        call.timeout = .seconds(10)
        call.longestAnswer = ProviderCalls.longestAnswer
        let loop = loop
        let outcome: LoopClient.Outcome = await withCheckedContinuation { [call] continuation in
            loop.execute {
                let client = LoopClient(on: loop, connections: 1)
                client.send(call) { outcome in
                    client.close()
                    continuation.resume(returning: outcome)
                }
            }
        }
        guard case .success(let answer) = outcome else { throw .unavailable }
        return answer
    }

    static func object(_ answer: HTTPAnswer) -> JSONValue? {
        guard let value = try? JSONValue(answer.body), case .object = value else { return nil }
        return value
    }
}

/// `application/x-www-form-urlencoded`.
struct FormText {
    let text: String

    init(_ pairs: [(String, String)]) {
        text = pairs.map { "\(FormText.escaped($0.0))=\(FormText.escaped($0.1))" }.joined(separator: "&")
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + Hexadecimal.encode([byte]).uppercased()
            }
        }
    }
}
