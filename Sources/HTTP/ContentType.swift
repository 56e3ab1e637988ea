/// The media types the hub answers with (RFC 9110, section 8.3), kept as constants so that naming one copies nothing.
package struct ContentType: Sendable {
    let text: StaticString

    package init(_ text: StaticString) { self.text = text }

    package static let json = ContentType("application/json")
    /// RFC 9457.
    package static let problem = ContentType("application/problem+json")
    package static let plainText = ContentType("text/plain; charset=utf-8")
    package static let html = ContentType("text/html; charset=utf-8")
    /// The exposition format of metrics.
    package static let metrics = ContentType("text/plain; version=0.0.4; charset=utf-8")
    package static let openMetrics = ContentType("application/openmetrics-text; version=1.0.0; charset=utf-8")
}
