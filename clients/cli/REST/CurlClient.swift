import HTTPClient

/// Sends REST requests, several at a time over kept connections, and waits for their answers. Blocks its thread.
struct CurlClient: Sendable {
    let target: HubTarget
    /// Requests on their way at once.
    var concurrency = 16
    /// The longest a request may take.
    var timeout: Duration = .seconds(30)

    /// One answer, whose content, if it is a success, `sink` is handed as it comes; false from it gives the call up.
    ///
    /// It may take any time as long as something comes. A content that ends early is no answer.
    func download(_ request: RESTRequest, to sink: @escaping @Sendable ([UInt8]) -> Bool) -> RESTResult {
        var call = call(request)
        call.longestSilence = .seconds(60)
        call.sink = sink
        return CurlClient.result(BlockingClient(concurrency: 1).send([call])[0])
    }

    /// The answer to content that is read as it is sent, which may take any time as long as it gets on.
    func upload(_ request: RESTRequest, from source: HTTPSource) -> RESTResult {
        var call = call(request)
        call.longestSilence = .seconds(60)
        call.source = source
        call.headers.append(("Content-Type", "application/octet-stream"))
        return CurlClient.result(BlockingClient(concurrency: 1).send([call])[0])
    }

    /// The answers, in the order of the requests.
    ///
    /// - Parameter onAnswer: Called after each answer with how many have come.
    func send(_ requests: [RESTRequest], onAnswer: (Int) -> Void = { _ in }) -> [RESTResult] {
        BlockingClient(concurrency: concurrency).send(requests.map(call), onAnswer: onAnswer).map(CurlClient.result)
    }

    private func call(_ request: RESTRequest) -> HTTPCall {
        var call = HTTPCall(request.method.rawValue, target.url.http + request.path, body: request.body)
        call.timeout = timeout
        call.caFile = target.caFile
        call.headers = [("User-Agent", "hubctl/\(Version.text)"), ("Accept", "application/json")]
        if let authorization = target.authorization { call.headers.append(authorization) }
        if request.body != nil { call.headers.append(("Content-Type", "application/json")) }
        return call
    }

    private static func result(_ outcome: Result<HTTPAnswer, HTTPCallFailure>) -> RESTResult {
        switch outcome {
        case .success(let answer):
            return .answered(RESTResponse(status: answer.status, retryAfter: answer.retryAfter, body: answer.body))
        case .failure(.cannotConnect(let reason)): return .unreachable("\(reason); is it running?")
        case .failure(.untrusted): return .unreachable("its certificate is not trusted; --ca-file names one to trust")
        case .failure(.badCAFile): return .unreachable("the file of --ca-file cannot be used")
        case .failure(.notHTTP(let reason)): return .unreachable("\(reason); is it http there, or https?")
        case .failure(let failure): return .unreachable("\(failure)")
        }
    }
}
