internal import CCurl
internal import Telemetry

/// One call or mail on its way through libcurl; owns the handle and what libcurl keeps pointers to.
///
/// Used by one thread at a time. `@safe`: the handle never leaves this module's clients, which remove it from their multi
/// handle before the transfer is released.
@safe final class CurlTransfer {
    let handle: UnsafeMutableRawPointer
    /// The header fields of a call, or the recipients of a mail.
    var list: UnsafeMutablePointer<curl_slist>?
    private let longestAnswer: Int
    private var headers: [(name: String, value: String)] = []
    private var received: [UInt8] = []
    private var isTooLong = false
    private let sink: (@Sendable ([UInt8]) -> Bool)?
    /// What a mail still has to send.
    var outgoing: ArraySlice<UInt8> = []
    /// What a call reads its content from.
    private var source: HTTPSource?

    /// libcurl wants to be set up once, before its first use on any thread.
    static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Nothing is set but what every transfer has.
    ///
    /// - Parameters:
    ///   - longestAnswer: Bytes.
    ///   - connectTimeout: The longest connecting may take.
    private init?(
        url: String, longestAnswer: Int, connectTimeout: Duration, caFile: String?,
        sink: (@Sendable ([UInt8]) -> Bool)? = nil
    ) {
        guard CurlTransfer.isReady, let handle = unsafe curl_easy_init() else { return nil }
        unsafe self.handle = handle
        self.longestAnswer = longestAnswer
        self.sink = sink
        unsafe list = nil
        set(CURLOPT_URL, url)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_CONNECTTIMEOUT_MS, Int(connectTimeout / .milliseconds(1)))
        if let caFile { set(CURLOPT_CAINFO, caFile) }
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe CCurl_set_pointer(handle, CURLOPT_PRIVATE, context)
        unsafe CCurl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        unsafe CCurl_set_receive(handle, CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
            unsafe CurlTransfer.at(context).didReceive(UnsafeRawBufferPointer(start: bytes, count: count))
        }
    }

    convenience init?(_ call: HTTPCall) {
        self.init(
            url: call.url, longestAnswer: call.longestAnswer, connectTimeout: call.connectTimeout,
            caFile: call.caFile, sink: call.sink)
        set(CURLOPT_CUSTOMREQUEST, call.method)
        if call.method == "HEAD" { set(CURLOPT_NOBODY, 1) }
        if let silence = call.longestSilence {
            set(CURLOPT_LOW_SPEED_LIMIT, 1)
            set(CURLOPT_LOW_SPEED_TIME, max(1, Int(silence / .seconds(1))))
        } else {
            set(CURLOPT_TIMEOUT_MS, Int(call.timeout / .milliseconds(1)))
        }
        // A secret in a header must never follow a redirect to somebody else.
        set(CURLOPT_FOLLOWLOCATION, 0)
        unsafe CCurl_allow_http_only(handle)
        setFields(call)
        setBody(call)
        unsafe CCurl_set_pointer(handle, CURLOPT_HEADERDATA, Unmanaged.passUnretained(self).toOpaque())
        unsafe CCurl_set_receive(handle, CURLOPT_HEADERFUNCTION) { bytes, _, count, context in
            unsafe CurlTransfer.at(context).didReceiveHeader(UnsafeRawBufferPointer(start: bytes, count: count))
            return count
        }
    }

    convenience init?(_ mail: MailDelivery) {
        self.init(url: mail.url, longestAnswer: 64 << 10, connectTimeout: mail.connectTimeout, caFile: mail.caFile)
        setMail(mail)
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(list)
    }

    private func setFields(_ call: HTTPCall) {
        // Without the wait for 100 Continue that libcurl would put before a large body.
        unsafe list = curl_slist_append(list, "Expect:")
        for (name, value) in call.headers + (call.trace?.fields ?? []) {
            // A line end in a value would begin another field.
            let clean = String(String.UnicodeScalarView(value.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
            unsafe list = curl_slist_append(list, clean.isEmpty ? "\(name);" : "\(name): \(clean)")
        }
        unsafe CCurl_set_pointer(handle, CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(list))
    }

    private func setBody(_ call: HTTPCall) {
        if let source = call.source { return setSource(source) }
        guard var body = call.body else { return }
        set(CURLOPT_POSTFIELDSIZE, body.count)
        // An empty one may have no address, and one is needed for there to be content.
        body.append(0)
        unsafe body.withUnsafeMutableBytes {
            _ = unsafe CCurl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, $0.baseAddress)
        }
    }

    private func setSource(_ source: HTTPSource) {
        self.source = source
        set(CURLOPT_UPLOAD, 1)
        set(CURLOPT_INFILESIZE_LARGE, source.length)
        unsafe CCurl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
        unsafe CCurl_set_receive(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
            let room = unsafe UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
            guard let next = unsafe CurlTransfer.at(context).source?.read(room.count) else {
                return Int(CURL_READFUNC_ABORT)
            }
            unsafe room.copyBytes(from: next)
            return next.count
        }
    }

    /// The transfer that a handle or a callback belongs to.
    static func at(_ context: UnsafeMutableRawPointer?) -> CurlTransfer {
        guard let context = unsafe context else { preconditionFailure("libcurl lost the transfer's context") }
        return unsafe Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    }

    func result(_ code: CURLcode) -> Result<HTTPAnswer, HTTPCallFailure> {
        guard code == CURLE_OK else { return .failure(failure(code)) }
        return .success(HTTPAnswer(status: unsafe CCurl_status(handle), headers: headers, body: received))
    }

    private func failure(_ code: CURLcode) -> HTTPCallFailure {
        let reason = unsafe String(cString: curl_easy_strerror(code))
        switch code {
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST: return .cannotConnect(reason)
        case CURLE_PEER_FAILED_VERIFICATION: return .untrusted
        case CURLE_SSL_CACERT_BADFILE: return .badCAFile
        case CURLE_GOT_NOTHING, CURLE_SSL_CONNECT_ERROR: return .notHTTP(reason)
        case CURLE_OPERATION_TIMEDOUT: return .timedOut
        case CURLE_WRITE_ERROR where isTooLong: return .answerTooLong
        default: return .other(reason)
        }
    }

    func set(_ option: CURLoption, _ value: String) { _ = unsafe CCurl_set_string(handle, option, value) }

    func set(_ option: CURLoption, _ value: Int) { _ = unsafe CCurl_set_long(handle, option, value) }

    /// What was taken; anything else than all of it makes libcurl give up.
    private func didReceive(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let sink, (200...299).contains(unsafe CCurl_status(handle)) {
            return unsafe sink(Array(bytes)) ? bytes.count : 0
        }
        guard received.count + bytes.count <= longestAnswer else {
            isTooLong = true
            return 0
        }
        unsafe received.append(contentsOf: bytes)
        return bytes.count
    }

    private func didReceiveHeader(_ bytes: UnsafeRawBufferPointer) {
        let line = unsafe String(decoding: bytes, as: UTF8.self)
        // An interim answer (1xx) comes before the one that counts.
        if line.hasPrefix("HTTP/") { headers = [] }
        guard let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...].drop(while: \.isWhitespace)
        let end = value.lastIndex { !$0.isWhitespace }.map { value.index(after: $0) } ?? value.startIndex
        headers.append((name: String(line[..<colon]), value: String(value[..<end])))
    }
}
