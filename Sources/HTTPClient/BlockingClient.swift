internal import CCurl

/// Sends calls, several at a time over kept connections, and waits for their answers. Blocks its thread: for programs that
/// have nothing else to do.
package struct BlockingClient: Sendable {
    /// Calls on their way at once. Default 16.
    package var concurrency: Int

    package init(concurrency: Int = 16) { self.concurrency = concurrency }

    /// The answers, in the order of the calls.
    ///
    /// - Parameter onAnswer: Called after each answer with how many have come.
    package func send(
        _ calls: [HTTPCall], onAnswer: (Int) -> Void = { _ in }
    ) -> [Result<HTTPAnswer, HTTPCallFailure>] {
        var results = [Result<HTTPAnswer, HTTPCallFailure>](repeating: .failure(.givenUp), count: calls.count)
        guard CurlTransfer.isReady, let multi = unsafe curl_multi_init() else { return results }
        defer { unsafe curl_multi_cleanup(multi) }
        unsafe CCurl_set_multi_long(multi, CURLMOPT_MAXCONNECTS, concurrency)
        var running: [ObjectIdentifier: (index: Int, transfer: CurlTransfer)] = [:]
        var next = 0
        var answered = 0
        while answered < calls.count {
            while running.count < concurrency, next < calls.count {
                if let transfer = CurlTransfer(calls[next]) {
                    unsafe curl_multi_add_handle(multi, transfer.handle)
                    running[ObjectIdentifier(transfer)] = (next, transfer)
                } else {
                    answered += 1
                }
                next += 1
            }
            var stillRunning: Int32 = 0
            unsafe curl_multi_perform(multi, &stillRunning)
            var remaining: Int32 = 0
            while let message = unsafe curl_multi_info_read(multi, &remaining) {
                guard unsafe message.pointee.msg == CURLMSG_DONE, let handle = unsafe message.pointee.easy_handle,
                    let (index, transfer) = running.removeValue(
                        forKey: ObjectIdentifier(unsafe CurlTransfer.at(CCurl_context(handle))))
                else { continue }
                results[index] = transfer.result(unsafe CCurl_result(message))
                unsafe curl_multi_remove_handle(multi, handle)
                answered += 1
                onAnswer(answered)
            }
            if answered < calls.count { unsafe curl_multi_poll(multi, nil, 0, 1000, nil) }
        }
        return results
    }
}
