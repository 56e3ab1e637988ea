internal import CCurl
package import EventLoop

/// Sends calls and mails on an event loop: libcurl says which sockets and times it waits for, and the loop waits for them. Names are
/// looked up on threads of libcurl's. Connections are kept and used again.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`. It must be closed before it
/// is let go.
@safe package final class LoopClient: @unchecked Sendable {
    package typealias Outcome = Result<HTTPAnswer, HTTPCallFailure>

    package let loop: Loop
    private var multi: UnsafeMutableRawPointer?
    private var running: [ObjectIdentifier: Running] = [:]
    private var watchers: [Int32: DescriptorWatcher] = [:]
    private var timer: LoopTimer?

    private struct Running {
        let transfer: CurlTransfer
        /// Told what libcurl says of the transfer; nothing if it was given up.
        let ended: (CurlTransfer, CURLcode?) -> Void
    }

    /// A call or mail on its way.
    package struct Ticket: Hashable, Sendable {
        fileprivate let transfer: ObjectIdentifier
    }

    /// - Parameter connections: Kept open at most.
    package init(on loop: Loop, connections: Int = 8) {
        loop.preconditionIsolated()
        self.loop = loop
        unsafe multi = CurlTransfer.isReady ? curl_multi_init() : nil
        guard let multi = unsafe multi else { return }
        unsafe CCurl_set_multi_long(multi, CURLMOPT_MAXCONNECTS, connections)
        unsafe CCurl_set_multi_callbacks(
            multi,
            { _, descriptor, what, context, _ in
                unsafe LoopClient.at(context).wait(for: descriptor, what)
                return 0
            },
            { _, milliseconds, context in
                unsafe LoopClient.at(context).wait(milliseconds)
                return 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        precondition(unsafe multi == nil, "an HTTP client is closed before it is let go")
    }

    /// Calls on their way.
    package var callCount: Int { running.count }

    /// Sends `call`.
    ///
    /// - Parameter completion: Called once, on the loop and after this has returned.
    package func send(_ call: HTTPCall, _ completion: @escaping (Outcome) -> Void) {
        guard let transfer = CurlTransfer(call) else {
            return loop.atEndOfTurn { completion(.failure(.givenUp)) }
        }
        begin(transfer) { transfer, code in
            completion(code.map(transfer.result) ?? .failure(.givenUp))
        }
    }

    /// Hands a mail to a mail server.
    ///
    /// - Parameter completion: Called once, on the loop and after this has returned.
    /// - Returns: What it can be given up by; nothing if it could not be begun.
    @discardableResult
    package func send(
        _ mail: MailDelivery, _ completion: @escaping (Result<Void, MailDeliveryFailure>) -> Void
    ) -> Ticket? {
        guard let transfer = CurlTransfer(mail) else {
            loop.atEndOfTurn { completion(.failure(.givenUp)) }
            return nil
        }
        return begin(transfer) { transfer, code in
            completion(code.map(transfer.mailResult) ?? .failure(.givenUp))
        }
    }

    @discardableResult
    private func begin(_ transfer: CurlTransfer, _ ended: @escaping (CurlTransfer, CURLcode?) -> Void) -> Ticket? {
        loop.preconditionIsolated()
        guard let multi = unsafe multi else {
            loop.atEndOfTurn { ended(transfer, nil) }
            return nil
        }
        let ticket = Ticket(transfer: ObjectIdentifier(transfer))
        running[ticket.transfer] = Running(transfer: transfer, ended: ended)
        // It asks for a timer, by which it begins.
        unsafe curl_multi_add_handle(multi, transfer.handle)
        return ticket
    }

    /// Gives up one that is on its way, and closes its connection; harmless when it has ended.
    package func giveUp(_ ticket: Ticket) {
        loop.preconditionIsolated()
        guard let multi = unsafe multi, let item = running.removeValue(forKey: ticket.transfer) else { return }
        unsafe curl_multi_remove_handle(multi, item.transfer.handle)
        item.ended(item.transfer, nil)
    }

    /// Gives up what is on its way, and closes every connection.
    package func close() {
        loop.preconditionIsolated()
        guard let multi = unsafe multi else { return }
        let abandoned = running.values
        running = [:]
        for item in abandoned { unsafe curl_multi_remove_handle(multi, item.transfer.handle) }
        unsafe curl_multi_cleanup(multi)
        unsafe self.multi = nil
        timer = nil
        for watcher in watchers.values { watcher.stop() }
        watchers = [:]
        for item in abandoned { item.ended(item.transfer, nil) }
    }

    private static func at(_ context: UnsafeMutableRawPointer?) -> LoopClient {
        guard let context = unsafe context else { preconditionFailure("libcurl lost the client's context") }
        return unsafe Unmanaged<LoopClient>.fromOpaque(context).takeUnretainedValue()
    }

    // MARK: What libcurl waits for

    // Called from within libcurl, which must not be called back from here.

    private func wait(for descriptor: Int32, _ what: Int32) {
        guard what != CURL_POLL_REMOVE else {
            watchers.removeValue(forKey: descriptor)?.stop()
            return
        }
        var events: DescriptorWatcher.Events = []
        if what & CURL_POLL_IN != 0 { events.insert(.readable) }
        if what & CURL_POLL_OUT != 0 { events.insert(.writable) }
        let watcher: DescriptorWatcher
        if let known = watchers[descriptor] {
            watcher = known
        } else {
            // A loop out of memory; the call ends when its time is over.
            guard let fresh = try? DescriptorWatcher(descriptor: descriptor, on: loop) else { return }
            watcher = fresh
            watchers[descriptor] = fresh
        }
        watcher.watch(events) { [weak self] events in self?.act(on: descriptor, events) }
    }

    private func wait(_ milliseconds: Int) {
        timer = nil
        guard milliseconds >= 0 else { return }
        timer = loop.schedule(after: .milliseconds(milliseconds)) { [weak self] in self?.actOnTimeout() }
    }

    // MARK: What has come

    private func act(on descriptor: Int32, _ events: DescriptorWatcher.Events) {
        guard let multi = unsafe multi else { return }
        var mask: Int32 = 0
        if events.contains(.readable) { mask |= CURL_CSELECT_IN }
        if events.contains(.writable) { mask |= CURL_CSELECT_OUT }
        var count: Int32 = 0
        unsafe curl_multi_socket_action(multi, descriptor, mask, &count)
        finishCalls()
    }

    private func actOnTimeout() {
        timer = nil
        guard let multi = unsafe multi else { return }
        var count: Int32 = 0
        unsafe CCurl_act_on_timeout(multi, &count)
        finishCalls()
    }

    private func finishCalls() {
        var finished: [(Running, CURLcode)] = []
        var remaining: Int32 = 0
        while let multi = unsafe multi, let message = unsafe curl_multi_info_read(multi, &remaining) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let handle = unsafe message.pointee.easy_handle,
                let item = running.removeValue(forKey: ObjectIdentifier(unsafe CurlTransfer.at(CCurl_context(handle))))
            else { continue }
            finished.append((item, unsafe CCurl_result(message)))
            unsafe curl_multi_remove_handle(multi, handle)
        }
        // Whoever hears of it may send or close.
        for (item, code) in finished { item.ended(item.transfer, code) }
    }
}
