import HTTP
import Testing

/// Bounds small enough to be reached by short texts.
private let tight = HTTPLimits(
    requestLineBytes: 128, headerSectionBytes: 256, headerCount: 10, bodyBytes: 64, chunkExtensionBytes: 64)

/// What the parser makes of pieces, in the notation of the corpus: the same whether bodies are handed on as they come or whole.
private func outcome(of pieces: [[UInt8]], limits: HTTPLimits = tight) -> [String] {
    let whole = outcome(of: pieces, limits: limits, isStreamed: false)
    #expect(outcome(of: pieces, limits: limits, isStreamed: true) == whole)
    return whole
}

private func outcome(of pieces: [[UInt8]], limits: HTTPLimits, isStreamed: Bool) -> [String] {
    var head: HTTPRequest?
    var content: [UInt8] = []
    var parser = RequestParser(limits: limits)
    var outcome: [String] = []
    for piece in pieces {
        var position = 0
        while position < piece.count {
            switch parser.next(piece.span, from: &position) {
            case .needsMore: break
            case .head(let request):
                head = request
                content = []
                if let refusal = parser.acceptBody(limit: limits.bodyBytes, isStreamed: isStreamed) {
                    outcome.append("\(refusal.status.code)")
                }
            case .content(let bytes, let isLast):
                content += bytes
                if isLast, let head { outcome.append(describe(head, content)) }
            case .request(let request): outcome.append(describe(request, request.body))
            case .refused(let refusal): outcome.append("\(refusal.status.code)")
            }
        }
    }
    return outcome
}

private func describe(_ request: HTTPRequest, _ body: [UInt8]) -> String {
    var text = "\(request.method.rawValue) \(request.path)"
    if !request.query.isEmpty { text += "?\(request.query.raw)" }
    if !body.isEmpty { text += " [\(String(decoding: body, as: UTF8.self))]" }
    return text
}

private func pieces(of bytes: [UInt8], cutAt cuts: [Int]) -> [[UInt8]] {
    var start = 0
    var pieces: [[UInt8]] = []
    for cut in cuts.sorted() + [bytes.count] where cut > start {
        pieces.append(Array(bytes[start..<cut]))
        start = cut
    }
    return pieces
}

/// The same numbers on every machine.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}

@Suite struct RequestParserTests {
    @Test(arguments: ParserCorpus.accepted)
    func `a request as the RFC has it is taken`(sample: ParserCorpus.Sample) {
        #expect(outcome(of: [sample.bytes]) == sample.outcome)
    }

    @Test(arguments: ParserCorpus.refused)
    func `what leaves room for guessing is refused`(sample: ParserCorpus.Sample) {
        #expect(outcome(of: [sample.bytes]) == sample.outcome)
    }

    @Test(arguments: ParserCorpus.accepted + ParserCorpus.refused)
    func `a cut anywhere changes nothing`(sample: ParserCorpus.Sample) {
        for cut in 1..<max(2, sample.bytes.count) {
            #expect(outcome(of: pieces(of: sample.bytes, cutAt: [cut])) == sample.outcome, "cut at \(cut)")
        }
    }

    @Test(arguments: ParserCorpus.accepted + ParserCorpus.refused)
    func `single bytes and random cuts change nothing`(sample: ParserCorpus.Sample) {
        #expect(outcome(of: sample.bytes.map { [$0] }) == sample.outcome)
        var random = Seeded(state: UInt64(sample.bytes.count))
        for _ in 0..<50 {
            let cuts = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                Int.random(in: 0...sample.bytes.count, using: &random)
            }
            #expect(outcome(of: pieces(of: sample.bytes, cutAt: cuts)) == sample.outcome, "cuts at \(cuts)")
        }
    }

    @Test func `the corpus in one stream gives every request in order`() {
        let stream = ParserCorpus.accepted.flatMap(\.bytes)
        let expected = ParserCorpus.accepted.flatMap(\.outcome)
        #expect(outcome(of: [stream]) == expected)
        var random = Seeded(state: 7)
        for _ in 0..<20 {
            let cuts = (0..<200).map { _ in Int.random(in: 0...stream.count, using: &random) }
            #expect(outcome(of: pieces(of: stream, cutAt: cuts)) == expected)
        }
    }

    @Test func `random changes never trap and cuts never change the outcome`() {
        var random = Seeded(state: 99)
        let all = ParserCorpus.accepted + ParserCorpus.refused
        for _ in 0..<3000 {
            var bytes = all.randomElement(using: &random)?.bytes ?? []
            for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let interesting: [UInt8] = [
                    0, 9, 10, 13, 32, 37, 44, 47, 58, 59, 127, 255, .random(in: 0...255, using: &random),
                ]
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[place] = interesting.randomElement(using: &random) ?? 0
                case 1: bytes.remove(at: place)
                default: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: place)
                }
            }
            let whole = outcome(of: [bytes])
            #expect(outcome(of: bytes.map { [$0] }) == whole, "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test func `a length at the limit is taken`() {
        let body = String(repeating: "a", count: 64)
        let head = "POST /x HTTP/1.1\r\nHost: a\r\n"
        #expect(outcome(of: [Array("\(head)Content-Length: 64\r\n\r\n\(body)".utf8)]) == ["POST /x [\(body)]"])
        #expect(
            outcome(of: [Array("\(head)Transfer-Encoding: chunked\r\n\r\n40\r\n\(body)\r\n0\r\n\r\n".utf8)])
                == ["POST /x [\(body)]"])
    }

    @Test func `a request line and a header section at their limits are taken`() {
        let path = "/" + String(repeating: "a", count: 128 - "GET / HTTP/1.1".utf8.count)
        #expect(outcome(of: [Array("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)]) == ["GET \(path)"])
        let value = String(repeating: "v", count: 256 - "Host: a\r\nX: \r\n".utf8.count)
        #expect(outcome(of: [Array("GET / HTTP/1.1\r\nHost: a\r\nX: \(value)\r\n\r\n".utf8)]) == ["GET /"])
        #expect(outcome(of: [Array("GET / HTTP/1.1\r\nHost: a\r\nX: \(value)v\r\n\r\n".utf8)]) == ["431"])
    }

    @Test func `between requests nothing is held`() {
        var parser = RequestParser(limits: tight)
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n\r\n".utf8)
        var position = 0
        while position < bytes.count { _ = parser.next(bytes.span, from: &position) }
        let holdsNothing = parser.isBetweenRequests
        #expect(holdsNothing)
        let more = Array("G".utf8)
        position = 0
        _ = parser.next(more.span, from: &position)
        let holdsSome = !parser.isBetweenRequests
        #expect(holdsSome)
    }

    @Test func `nothing behind a refusal is read`() {
        let bad = Array("GET / HTTP/1.1\r\nBad Field: x\r\n\r\n".utf8)
        let good = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        #expect(outcome(of: [bad + good, good, good]) == ["400"])
    }
}
