@testable import WebSocket

/// Everything a parser said about some bytes.
struct ParserOutcome: Equatable {
    struct Heard: Equatable {
        var event: FrameEvent
        var payload: [UInt8]
    }

    var heard: [Heard] = []
    var fault: WebSocketFault?

    mutating func hear(_ event: FrameEvent, _ payload: some Sequence<UInt8>) {
        heard.append(Heard(event: event, payload: Array(payload)))
    }

    static func of(_ heard: (FrameEvent, String)..., fault: WebSocketFault? = nil) -> ParserOutcome {
        ParserOutcome(heard: heard.map { Heard(event: $0.0, payload: Array($0.1.utf8)) }, fault: fault)
    }

    static func fault(_ fault: WebSocketFault) -> ParserOutcome { ParserOutcome(fault: fault) }
}

/// Feeds the pieces to one parser, one after the other.
func parse(
    _ pieces: [[UInt8]], from peer: FrameParser.Peer = .client, limit: Int = 1 << 20,
    compression: InflateSettings? = nil
) -> ParserOutcome {
    var parser = FrameParser(
        peer: peer, maximumMessageBytes: limit, compression: compression, resources: CodecResources())
    var outcome = ParserOutcome()
    for piece in pieces {
        do throws(WebSocketFault) {
            let consumed = try parser.parse(piece.span.bytes) { event, payload in
                outcome.hear(event, payload.withUnsafeBytes { Array($0) })
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

func parse(
    _ bytes: [UInt8], from peer: FrameParser.Peer = .client, limit: Int = 1 << 20, compression: InflateSettings? = nil
) -> ParserOutcome {
    parse([bytes], from: peer, limit: limit, compression: compression)
}
