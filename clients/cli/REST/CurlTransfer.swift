import CCurl

/// One request on its way through libcurl; owns the handle and what libcurl keeps pointers to.
///
/// Used by one thread at a time. `@safe`: the handle never leaves this type but for ``CurlClient``, which removes it
/// from its multi handle before the transfer is released.
@safe final class CurlTransfer {
    let index: Int
    let handle: UnsafeMutableRawPointer
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var body: [UInt8]
    private var received: [UInt8] = []
    private var retryAfter: Double?
    /// Takes the content of a success in place of ``received``; false gives the transfer up.
    private let sink: (([UInt8]) -> Bool)?

    /// The longest answer that is read, in bytes; a longer one fails the transfer.
    private static let longestAnswer = 64 << 20

    /// - Parameters:
    ///   - timeout: Of the whole transfer; `nil` for one that may take any time as long as something comes.
    ///   - sink: Takes the content of a success as it comes.
    init?(
        _ request: RESTRequest, index: Int, target: HubTarget, timeout: Duration?, sink: (([UInt8]) -> Bool)? = nil
    ) {
        guard let handle = unsafe curl_easy_init() else { return nil }
        unsafe self.handle = handle
        self.index = index
        self.sink = sink
        body = request.body ?? []
        unsafe headers = nil
        set(CURLOPT_URL, target.url.http + request.path)
        set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        set(CURLOPT_USERAGENT, "hubctl/\(Version.text)")
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_CONNECTTIMEOUT_MS, 5000)
        if let timeout {
            set(CURLOPT_TIMEOUT_MS, Int(timeout / .milliseconds(1)))
        } else {
            set(CURLOPT_LOW_SPEED_LIMIT, 1)
            set(CURLOPT_LOW_SPEED_TIME, 60)
        }
        // The key must never follow a redirect to somebody else.
        set(CURLOPT_FOLLOWLOCATION, 0)
        unsafe CCurl_allow_http_only(handle)
        if let caFile = target.caFile { set(CURLOPT_CAINFO, caFile) }
        var lines = [sink == nil ? "Accept: application/json" : "Accept: */*", "Expect:"]
        if !target.key.isEmpty { lines.append("X-API-Key: \(target.key)") }
        if request.body != nil { lines.append("Content-Type: application/json") }
        for line in lines { unsafe headers = curl_slist_append(headers, line) }
        unsafe CCurl_set_pointer(handle, CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(headers))
        if request.body != nil {
            set(CURLOPT_POSTFIELDSIZE, body.count)
            unsafe body.withUnsafeMutableBytes {
                _ = unsafe CCurl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, $0.baseAddress)
            }
        }
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe CCurl_set_pointer(handle, CURLOPT_PRIVATE, context)
        unsafe CCurl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        unsafe CCurl_set_receive(handle, CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
            unsafe CurlTransfer.at(context).didReceive(UnsafeRawBufferPointer(start: bytes, count: count))
        }
        unsafe CCurl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        unsafe CCurl_set_receive(handle, CURLOPT_HEADERFUNCTION) { bytes, _, count, context in
            unsafe CurlTransfer.at(context).didReceiveHeader(UnsafeRawBufferPointer(start: bytes, count: count))
            return count
        }
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(headers)
    }

    /// The transfer that a handle or a callback belongs to.
    static func at(_ context: UnsafeMutableRawPointer?) -> CurlTransfer {
        guard let context = unsafe context else { preconditionFailure("libcurl lost the transfer's context") }
        return unsafe Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    }

    func result(_ code: CURLcode) -> RESTResult {
        guard code == CURLE_OK else {
            let reason = unsafe String(cString: curl_easy_strerror(code))
            switch code {
            case CURLE_COULDNT_CONNECT: return .unreachable("\(reason); is it running?")
            case CURLE_PEER_FAILED_VERIFICATION:
                return .unreachable("its certificate is not trusted; --ca-file names one to trust")
            case CURLE_SSL_CACERT_BADFILE: return .unreachable("the file of --ca-file cannot be used")
            case CURLE_GOT_NOTHING, CURLE_SSL_CONNECT_ERROR:
                return .unreachable("\(reason); is it http there, or https?")
            default: return .unreachable(reason)
            }
        }
        return .answered(
            RESTResponse(status: unsafe CCurl_status(handle), retryAfter: retryAfter, body: received))
    }

    private func set(_ option: CURLoption, _ value: String) { _ = unsafe CCurl_set_string(handle, option, value) }

    private func set(_ option: CURLoption, _ value: Int) { _ = unsafe CCurl_set_long(handle, option, value) }

    /// What was taken; anything else than all of it makes libcurl give up.
    private func didReceive(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let sink, (200...299).contains(unsafe CCurl_status(handle)) {
            return unsafe sink(Array(bytes)) ? bytes.count : 0
        }
        guard received.count + bytes.count <= Self.longestAnswer else { return 0 }
        unsafe received.append(contentsOf: bytes)
        return bytes.count
    }

    private func didReceiveHeader(_ bytes: UnsafeRawBufferPointer) {
        let line = unsafe String(decoding: bytes, as: UTF8.self)
        guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "retry-after" else { return }
        let value = line[line.index(after: colon)...].filter { !$0.isWhitespace }
        retryAfter = Double(value).flatMap { $0 >= 0 && $0.isFinite ? $0 : nil }
    }
}
