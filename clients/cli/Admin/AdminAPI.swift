/// The hub's REST interface as `hubctl admin` uses it. Blocks its thread.
struct AdminAPI: Sendable {
    let target: HubTarget

    /// The answer's body; a refusal is an error.
    func bytes(_ method: RESTRequest.Method, _ path: String) throws(CommandFailure) -> [UInt8] {
        // Longer than the hub goes on with one request.
        let client = CurlClient(target: target, timeout: .seconds(120))
        switch client.send([RESTRequest(method, path)])[0] {
        case .unreachable(let reason): throw unreachable(reason)
        case .answered(let response):
            guard (200...299).contains(response.status) else { throw HubRefusal(response).failure }
            return response.body
        }
    }

    func object(_ method: RESTRequest.Method, _ path: String) throws(CommandFailure) -> AdminObject {
        try AdminObject(try bytes(method, path))
    }

    /// Hands a long answer on as it comes. A refusal is an error, and so is an answer that is not whole.
    func download(_ path: String, to sink: ExportSink) throws(CommandFailure) {
        switch CurlClient(target: target).download(RESTRequest(.get, path), to: { sink.take($0) }) {
        case .unreachable(let reason):
            if let failure = sink.failure { throw failure }
            throw unreachable(reason)
        case .answered(let response):
            guard (200...299).contains(response.status) else { throw HubRefusal(response).failure }
        }
    }

    private func unreachable(_ reason: String) -> CommandFailure {
        CommandFailure(.unreachable, "no whole answer of the hub at \(target.url.http): \(reason)")
    }
}
