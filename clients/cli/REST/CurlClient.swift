import CCurl

/// Sends REST requests, several at a time over kept connections, and waits for their answers. Blocks its thread.
struct CurlClient: Sendable {
    let target: HubTarget
    /// Requests on their way at once.
    var concurrency = 16
    /// The longest a request may take.
    var timeout: Duration = .seconds(30)

    /// libcurl wants to be set up once, before its first use on any thread.
    private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// One answer, whose content, if it is a success, `sink` is handed as it comes; false from it gives the transfer up.
    ///
    /// It may take any time as long as something comes. A content that ends early is no answer.
    func download(_ request: RESTRequest, to sink: @escaping ([UInt8]) -> Bool) -> RESTResult {
        guard Self.isReady,
            let transfer = CurlTransfer(request, index: 0, target: target, timeout: nil, sink: sink)
        else { return .unreachable("libcurl is out of memory") }
        return unsafe transfer.result(curl_easy_perform(transfer.handle))
    }

    /// The answers, in the order of the requests.
    ///
    /// - Parameter onAnswer: Called after each answer with how many have come.
    func send(_ requests: [RESTRequest], onAnswer: (Int) -> Void = { _ in }) -> [RESTResult] {
        var results = [RESTResult](repeating: .unreachable("libcurl is out of memory"), count: requests.count)
        guard Self.isReady, let multi = unsafe curl_multi_init() else { return results }
        defer { unsafe curl_multi_cleanup(multi) }
        unsafe CCurl_set_multi_long(multi, CURLMOPT_MAXCONNECTS, concurrency)
        var running: [Int: CurlTransfer] = [:]
        var next = 0
        var answered = 0
        while answered < requests.count {
            while running.count < concurrency, next < requests.count {
                if let transfer = CurlTransfer(requests[next], index: next, target: target, timeout: timeout) {
                    unsafe curl_multi_add_handle(multi, transfer.handle)
                    running[next] = transfer
                } else {
                    answered += 1
                }
                next += 1
            }
            var stillRunning: Int32 = 0
            unsafe curl_multi_perform(multi, &stillRunning)
            var remaining: Int32 = 0
            while let message = unsafe curl_multi_info_read(multi, &remaining) {
                guard unsafe message.pointee.msg == CURLMSG_DONE, let handle = unsafe message.pointee.easy_handle
                else { continue }
                let code = unsafe CCurl_result(message)
                let transfer = unsafe CurlTransfer.at(CCurl_context(handle))
                results[transfer.index] = transfer.result(code)
                unsafe curl_multi_remove_handle(multi, handle)
                running[transfer.index] = nil
                answered += 1
                onAnswer(answered)
            }
            if answered < requests.count { unsafe curl_multi_poll(multi, nil, 0, 1000, nil) }
        }
        return results
    }
}
