/// One piece of work of a trace: what it was, when, and what it followed from. Made by a ``Tracer`` for traces that are
/// recorded, and by nobody for others.
package struct Span: Sendable {
    /// Who works for whom (OpenTelemetry, trace API, "SpanKind").
    package enum Kind: Sendable {
        /// Answers somebody outside.
        case server
        /// Within the hub.
        case inside
        /// Waits for another program.
        case client
    }

    /// A constant or a route's template, never anything a caller has written.
    package let name: String
    package let kind: Kind
    package let context: SpanContext
    /// The span it is part of; 0 if it begins a trace.
    package let parentID: UInt64
    /// Whether the parent is another program's.
    package let isParentRemote: Bool
    /// `tracestate`, as it came.
    package let state: String
    /// Nanoseconds since the epoch, as ``end``.
    package let start: UInt64
    package internal(set) var end: UInt64 = 0
    package var attributes: SpanAttributes = [:]
    /// What else it followed from. At most ``mostLinks`` are kept.
    package private(set) var links: [SpanContext] = []
    package private(set) var droppedLinks = 0
    /// Why it failed, as a constant; nothing if it did not.
    package var failure: StaticString?

    package static let mostLinks = 128

    init(
        _ name: String, _ kind: Kind, context: SpanContext, parentID: UInt64, isParentRemote: Bool, state: String,
        start: UInt64
    ) {
        self.name = name
        self.kind = kind
        self.context = context
        self.parentID = parentID
        self.isParentRemote = isParentRemote
        self.state = state
        self.start = start
    }

    package mutating func link(_ context: SpanContext) {
        if links.count < Span.mostLinks { links.append(context) } else { droppedLinks += 1 }
    }
}
