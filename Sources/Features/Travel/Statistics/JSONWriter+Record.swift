internal import HTTP
internal import Model
internal import Wire

extension JSONWriter {
    /// H3's number of a cell as it is written everywhere: hexadecimal.
    mutating func member(_ name: StaticString, cell: Int64?) {
        guard let cell else { return }
        member(name, String(UInt64(bitPattern: cell), radix: 16))
    }

    /// A measure with as many decimals as it is good for.
    mutating func member(_ name: StaticString, _ measure: Double, decimals: Int) {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        member(name, (measure * scale).rounded() / scale)
    }

    /// A moment, or `null`.
    mutating func nullable(_ name: StaticString, _ moment: Timestamp?) {
        if let moment { member(name, moment) } else { null(name) }
    }

    mutating func nullable(_ name: StaticString, _ text: String?) {
        if let text { member(name, text) } else { null(name) }
    }
}

extension HTTPResponse {
    /// 200 with an object.
    static func record(_ body: (inout JSONWriter) -> Void) -> HTTPResponse {
        .json(JSONWriter.bytes { $0.object(body) })
    }
}
