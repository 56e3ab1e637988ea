/// Where finished spans go. Any thread may call it; it never waits, and what it has no room for is lost and counted.
package protocol SpanSink: AnyObject, Sendable {
    func take(_ span: Span)
}
