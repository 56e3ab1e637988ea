/// What a request brings along of the trace it belongs to, and what one that follows from it is given (W3C Trace Context,
/// https://www.w3.org/TR/trace-context/).
package struct TraceContext: Hashable, Sendable {
    package let span: SpanContext
    /// `tracestate` as it is passed on; empty if there is none.
    package let state: String

    package init(_ span: SpanContext, state: String = "") {
        self.span = span
        self.state = state
    }

    /// Reads the fields of a request; nothing if `traceparent` is not there exactly once and sound, and then a new trace
    /// begins. A `tracestate` that is not sound is left out.
    ///
    /// - Parameters:
    ///   - parents: The values of every `traceparent` field.
    ///   - states: The values of every `tracestate` field, in their order.
    package init?(parents: [String], states: [String]) {
        guard parents.count == 1, let span = SpanContext(traceparent: parents[0].utf8) else { return nil }
        self.init(span, state: TraceState.joined(states) ?? "")
    }

    /// The fields to send with a request that follows from this.
    package var fields: [(name: String, value: String)] {
        let parent = [(name: "traceparent", value: span.traceparent)]
        return state.isEmpty ? parent : parent + [(name: "tracestate", value: state)]
    }
}

extension SpanContext {
    /// Reads a `traceparent` (section 3.2): lower case only, nothing before or behind it. A version after 00 may have more
    /// behind a dash.
    package init?(traceparent text: some Collection<UInt8>) {
        let bytes = Array(text)
        guard bytes.count >= 55, bytes[2] == UInt8(ascii: "-"), bytes[35] == UInt8(ascii: "-"),
            bytes[52] == UInt8(ascii: "-"), let version = SpanContext.number(bytes[0..<2]), version != 0xFF,
            version == 0 ? bytes.count == 55 : bytes.count == 55 || bytes[55] == UInt8(ascii: "-"),
            let high = SpanContext.number(bytes[3..<19]), let low = SpanContext.number(bytes[19..<35]),
            let span = SpanContext.number(bytes[36..<52]), let flags = SpanContext.number(bytes[53..<55]),
            high | low != 0, span != 0
        else { return nil }
        self.init(traceHigh: high, traceLow: low, spanID: span, isSampled: flags & 1 == 1)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }
}
