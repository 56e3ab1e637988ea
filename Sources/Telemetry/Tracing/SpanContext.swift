/// Which span of which trace (W3C Trace Context, section 3.2), in three words and a flag, so that carrying one costs little.
package struct SpanContext: Hashable, Sendable {
    /// The trace's 16 bytes, big-endian; never both zero.
    package let traceHigh: UInt64
    package let traceLow: UInt64
    /// The span's 8 bytes, big-endian; never zero.
    package let spanID: UInt64
    /// Whether whoever began the trace has it recorded.
    package let isSampled: Bool

    package init(traceHigh: UInt64, traceLow: UInt64, spanID: UInt64, isSampled: Bool) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// 32 hexadecimal digits.
    package var traceID: String { hexadecimal(traceHigh) + hexadecimal(traceLow) }

    /// As `traceparent` has it, version 00.
    package var traceparent: String { "00-\(traceID)-\(hexadecimal(spanID))-\(isSampled ? "01" : "00")" }
}

/// 16 digits in lower case.
private func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
