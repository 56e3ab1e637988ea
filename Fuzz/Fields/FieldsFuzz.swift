import HTTP
import Telemetry

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
    let text = String(decoding: bytes, as: UTF8.self)
    checkParent(bytes)
    checkState(text)
    checkAccept(text)
    return 0
}

/// Whatever is taken for a `traceparent` is written as a sound one that says the same.
private func checkParent(_ bytes: [UInt8]) {
    guard let context = SpanContext(traceparent: bytes) else { return }
    precondition(context.traceHigh | context.traceLow != 0 && context.spanID != 0, "an identifier of zeros")
    let written = context.traceparent
    precondition(SpanContext(traceparent: written.utf8) == context, "it does not come out as it went in")
    // Version and flags may be others; the identifiers are not.
    precondition(Array(written.utf8)[3..<52].elementsEqual(bytes[3..<52]), "other identifiers")
}

/// Whatever is passed on keeps the bounds, could be sent in a field, and is passed on unchanged by the next.
private func checkState(_ text: String) {
    let halves = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let state = TraceState.joined(halves) else { return }
    precondition(state.utf8.count <= TraceState.longest, "too long")
    precondition(state.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "no value of a field")
    precondition(state.split(separator: ",").count <= TraceState.mostMembers, "too many")
    precondition(TraceState.joined([state]) == state, "it is not passed on as it is")
}

/// A preference is between nothing and all, and what a second field adds never makes the first unsound.
private func checkAccept(_ text: String) {
    let types = AcceptedTypes([text])
    for (type, parameters) in [("text/plain", ["version": "0.0.4"]), ("application/json", [:])] {
        precondition((0...1000).contains(types.quality(of: type, parameters: parameters)), "a weight out of range")
    }
    precondition(AcceptedTypes([text, "x/y"]).quality(of: "x/y") <= 1000, "a weight out of range")
    precondition(AcceptedTypes(["x/y", "*/*;q=0"]).quality(of: "x/y") == 1000, "the specific range does not decide")
}
