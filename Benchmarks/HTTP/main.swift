// Answers every request with the same small JSON object on one loop, for measuring what the server itself costs:
//   swift build -c release --product HTTPBenchmark && .build/release/HTTPBenchmark 18080
//   wrk -t1 -c64 -d5s http://127.0.0.1:18080/
import EventLoop
import HTTP

/// The same answer to all.
private final class FixedAnswer: HTTPRequestHandler {
    private let body = Array(#"{"status":"ok"}"#.utf8)

    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        responder.respond(.json(body))
    }
}

let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 18080
let loop = try Loop.start()
loop.execute {
    let server = HTTPServer(on: loop, handler: FixedAnswer())
    do {
        let listener = try Listener.open(host: "127.0.0.1", port: port, on: loop) { server.accept($0) }
        print("http://127.0.0.1:\(listener.port)/")
    } catch {
        fatalError("\(error)")
    }
}
while true { try await Task.sleep(for: .seconds(3600)) }
