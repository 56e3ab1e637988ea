internal import EventLoop

/// A body that its handler reads as it comes.
extension HTTPServerConnection {
    /// Hands a request on whose body follows.
    func dispatchStreamed(_ request: HTTPRequest) {
        times.requestCount += 1
        socket.loop.hurry()
        let responder = HTTPResponder(
            connection: self, isHead: false, version: request.version, closes: !request.keepsAlive)
        append(responder)
        let reader = HTTPBodyReader(of: self)
        body = (reader, responder)
        var request = request
        request.peer = socket.peer
        request.isSecure = socket.isSecure
        request.stream = reader
        server.handler.handle(request, responder)
    }

    func takeContent(_ bytes: [UInt8], isLast: Bool) {
        guard let (reader, responder) = body else { return }
        reader.append(bytes)
        guard isLast else { return }
        body = nil
        owesContinue = false
        if responder.closes { stopReading() }
        reader.finish(.success(()))
    }

    /// Who waits for the body may now be told to send it.
    func bodyIsWanted(_ reader: HTTPBodyReader) {
        guard let body, body.reader === reader, isFirst(body.responder) else { return }
        continueStreaming()
    }

    func bodyHasRoom(_ reader: HTTPBodyReader) {
        guard let body, body.reader === reader else { return }
        resume()
    }

    func continueStreaming() {
        guard owesContinue else { return }
        owesContinue = false
        write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }

    func endBody(_ failure: HTTPBodyFailure) {
        guard let (reader, responder) = body else { return }
        body = nil
        owesContinue = false
        responder.closes = true
        reader.finish(.failure(failure))
    }
}
