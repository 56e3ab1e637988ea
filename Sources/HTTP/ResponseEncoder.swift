/// How the end of an answer's content is marked (RFC 9112, section 6).
enum ResponseFraming: Equatable {
    case length(Int)
    case chunked
    /// By the end of the connection: content of unknown length for an HTTP/1.0 client.
    case untilClose
}

/// Writes answers as bytes.
enum ResponseEncoder {
    /// Adds the status line and header section of `response` to `bytes`.
    static func appendHead(
        of response: borrowing HTTPResponse, framing: ResponseFraming, connection: StaticString?, date: [UInt8],
        fixed: borrowing SecurityHeaders, isSecure: Bool, to bytes: inout [UInt8]
    ) {
        bytes.append("HTTP/1.1 ")
        bytes.append(decimal: Int(response.status.code))
        bytes.append(.space)
        bytes.append(response.status.phrase)
        bytes.append("\r\nDate: ")
        bytes.append(contentsOf: date)
        bytes.append("\r\n")
        if !response.status.forbidsContent {
            switch framing {
            case .length(let length):
                bytes.append("Content-Length: ")
                bytes.append(decimal: length)
                bytes.append("\r\n")
            case .chunked: bytes.append("Transfer-Encoding: chunked\r\n")
            case .untilClose: break
            }
        }
        if let contentType = response.contentType {
            bytes.append("Content-Type: ")
            bytes.append(contentType.text)
            bytes.append("\r\n")
        }
        bytes.append(contentsOf: fixed.bytes(isSecure: isSecure))
        if !response.headers.contains("Content-Security-Policy") { bytes.append(contentsOf: fixed.contentPolicy) }
        for field in response.headers.fields where !isOurs(field, response.headers) {
            bytes.append(contentsOf: response.headers.bytes[field.name.indices])
            bytes.append(": ")
            bytes.append(contentsOf: response.headers.bytes[field.value.indices])
            bytes.append("\r\n")
        }
        if let connection {
            bytes.append("Connection: ")
            bytes.append(connection)
            bytes.append("\r\n")
        }
        bytes.append("\r\n")
    }

    /// What the connection alone decides.
    private static func isOurs(_ field: HTTPHeaders.Field, _ headers: borrowing HTTPHeaders) -> Bool {
        switch field.name.count {
        case 4: headers.isNamed(field, "date")
        case 10: headers.isNamed(field, "connection")
        case 14: headers.isNamed(field, "content-length")
        case 17: headers.isNamed(field, "transfer-encoding")
        default: false
        }
    }
}
