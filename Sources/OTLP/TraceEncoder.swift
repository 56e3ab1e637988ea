package import Telemetry

/// Writes spans as an `ExportTraceServiceRequest` of OTLP 1.x in Protocol Buffers
/// (https://opentelemetry.io/docs/specs/otlp/, `opentelemetry/proto/trace/v1/trace.proto`).
package struct TraceEncoder: Sendable {
    /// What is said of all spans: `service.name` and the like.
    private let resource: [(key: String, value: LogValue)]
    private let version: String

    /// - Parameters:
    ///   - service: The name of this hub among other programs.
    ///   - version: The hub's.
    ///   - instance: Tells this process from others of the same service; different at every start.
    package init(service: String, version: String, instance: String) {
        self.version = version
        resource = [
            ("service.name", .string(service)), ("service.version", .string(version)),
            ("service.instance.id", .string(instance)),
        ]
    }

    package func encode(_ spans: [Span]) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.message(1) { resourceSpans in
            resourceSpans.message(1) { message in
                for (key, value) in resource { TraceEncoder.write(key, value, as: 1, to: &message) }
            }
            resourceSpans.message(2) { scopeSpans in
                scopeSpans.message(1) { scope in
                    scope.string(1, "presence-hub")
                    scope.string(2, version)
                }
                for span in spans { scopeSpans.message(2) { TraceEncoder.write(span, to: &$0) } }
            }
        }
        return writer.bytes
    }

    private static func write(_ span: Span, to message: inout ProtobufWriter) {
        message.words(1, span.context.traceHigh, span.context.traceLow)
        message.words(2, span.context.spanID)
        message.string(3, span.state)
        if span.parentID != 0 { message.words(4, span.parentID) }
        message.string(5, span.name)
        message.varint(6, kind(span.kind))
        message.fixed64(7, span.start)
        message.fixed64(8, span.end)
        for (key, value) in span.attributes.entries { write(key.description, value, as: 9, to: &message) }
        for link in span.links {
            message.message(13) { message in
                message.words(1, link.traceHigh, link.traceLow)
                message.words(2, link.spanID)
                message.fixed32(6, flags(link, isRemote: false))
            }
        }
        message.varint(14, UInt64(span.droppedLinks))
        if let failure = span.failure {
            message.message(15) { status in
                status.string(2, failure.description)
                status.varint(3, 2)
            }
        }
        message.fixed32(16, flags(span.context, isRemote: span.isParentRemote))
    }

    /// `SpanKind`.
    private static func kind(_ kind: Span.Kind) -> UInt64 {
        switch kind {
        case .inside: 1
        case .server: 2
        case .client: 3
        }
    }

    /// `SpanFlags`: those of W3C, that it is known whether the parent is remote, and whether it is.
    private static func flags(_ context: SpanContext, isRemote: Bool) -> UInt32 {
        (context.isSampled ? 1 : 0) | 0x100 | (isRemote ? 0x200 : 0)
    }

    /// A `KeyValue`.
    private static func write(_ key: String, _ value: LogValue, as field: Int, to message: inout ProtobufWriter) {
        message.message(field) { pair in
            pair.string(1, key)
            pair.message(2) { any in
                switch value {
                case .string(let text): any.presentString(1, text)
                case .bool(let flag): any.presentVarint(2, flag ? 1 : 0)
                case .integer(let number): any.presentVarint(3, UInt64(bitPattern: number))
                case .double(let number): any.presentFixed64(4, number.bitPattern)
                }
            }
        }
    }
}
