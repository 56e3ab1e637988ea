// A WebSocket server that sends back what it receives: `EchoServer --port 9001`, then connect to ws://127.0.0.1:9001/.

import EventLoop
import Glibc
import HTTP
import TLS
import WebSocket

let arguments = Arguments(CommandLine.arguments.dropFirst())
let tls = try arguments.tls.map { try TLSContextBox(certificateFile: $0.certificate, keyFile: $0.key) }
let group = try LoopGroup.start(count: arguments.loops)
let echo = Echo()

// Every loop listens on the same port, and the kernel spreads the connections over them.
for loop in group.loops {
    loop.execute {
        let server = HTTPServer(on: loop, handler: echo)
        do {
            let listener = try Listener.open(
                host: arguments.host, port: arguments.port, sharesPort: arguments.loops > 1, tls: tls, on: loop,
                onAccept: { server.accept($0) })
            if loop.index == 0 {
                print("listening on \(arguments.host):\(listener.port)")
                fflush(nil)  // a script that reads the line through a pipe gets it now
            }
        } catch {
            Arguments.fail("cannot listen on \(arguments.host):\(arguments.port): \(error)")
        }
    }
}
await untilSignalled(on: group.loops[0])
await group.stop()
