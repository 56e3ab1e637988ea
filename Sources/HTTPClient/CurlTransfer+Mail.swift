internal import CCurl

extension CurlTransfer {
    func setMail(_ mail: MailDelivery) {
        unsafe CCurl_allow_smtp_only(handle)
        set(CURLOPT_TIMEOUT_MS, Int(mail.timeout / .milliseconds(1)))
        // Also for what libcurl waits for without the loop: the answer to QUIT.
        set(CURLOPT_SERVER_RESPONSE_TIMEOUT, max(1, min(5, Int(mail.timeout / .seconds(1)))))
        // Of an smtps URL nothing is ever said in the clear.
        if mail.requiresTLS { set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if let account = mail.account {
            set(CURLOPT_USERNAME, account.name)
            set(CURLOPT_PASSWORD, account.password)
        }
        set(CURLOPT_MAIL_FROM, "<\(mail.sender)>")
        for recipient in mail.recipients { unsafe list = curl_slist_append(list, "<\(recipient)>") }
        unsafe CCurl_set_pointer(handle, CURLOPT_MAIL_RCPT, UnsafeMutableRawPointer(list))
        outgoing = mail.message[...]
        set(CURLOPT_UPLOAD, 1)
        unsafe CCurl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
        unsafe CCurl_set_receive(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
            unsafe CurlTransfer.at(context).send(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
        }
    }

    /// Puts the next bytes there; 0 at the end.
    private func send(_ room: UnsafeMutableRawBufferPointer) -> Int {
        let bytes = outgoing.prefix(room.count)
        unsafe room.copyBytes(from: bytes)
        outgoing = outgoing.dropFirst(bytes.count)
        return bytes.count
    }

    func mailResult(_ code: CURLcode) -> Result<Void, MailDeliveryFailure> {
        code == CURLE_OK ? .success(()) : .failure(mailFailure(code))
    }

    private func mailFailure(_ code: CURLcode) -> MailDeliveryFailure {
        let reason = unsafe String(cString: curl_easy_strerror(code))
        // Of the last reply; one that is no refusal has nothing to do with the failure.
        let status = unsafe CCurl_status(handle)
        switch code {
        case CURLE_LOGIN_DENIED: return .signInRefused(status: status)
        case CURLE_USE_SSL_FAILED: return .notSecured
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST: return .cannotConnect(reason)
        case CURLE_PEER_FAILED_VERIFICATION: return .untrusted
        case CURLE_SSL_CACERT_BADFILE: return .badCAFile
        case CURLE_OPERATION_TIMEDOUT: return .timedOut
        case CURLE_SEND_ERROR, CURLE_WEIRD_SERVER_REPLY, CURLE_REMOTE_ACCESS_DENIED, CURLE_RECV_ERROR:
            switch status {
            // That it wants to know who asks, and of another mechanism or over TLS (RFC 4954, section 6).
            case 530, 534, 535, 538: return .signInRefused(status: status)
            case 500...599: return .refused(status: status)
            case 400...499: return .deferred(status: status)
            default: return .other(reason)
            }
        default: return .other(reason)
        }
    }
}
