internal import Actors
internal import EventLoop
internal import Telemetry
internal import Wire

/// The spans of a stream's messages.
///
/// A stream lives for hours, and a trace that grew as long would be of no use: each message begins a trace of its own,
/// linked to the request that opened the stream. Whether it is recorded is what that request's caller has decided, or
/// the ratio.
enum MessageTrace {
    static func of(
        _ message: ClientMessage, bytes: Int, in session: StreamSession, _ tracer: LoopTracer, _ work: () -> Void
    ) {
        let entered = tracer.enter(name(of: message), parent: nil, isSampled: session.trace?.isSampled)
        guard var span = entered.span else { return work() }
        if let opening = session.trace?.opening, opening.isSampled { span.link(opening) }
        span.attributes.append("hub.message.bytes", .integer(bytes))
        span.attributes.append("network.protocol.name", .string(session.dialect.subprotocol))
        span.attributes.append("hub.loop", .integer(session.loop.index))
        let refused = session.node.meters.refused.value
        tracer.with(span.context, work)
        if session.node.meters.refused.value != refused { span.failure = "refused" }
        tracer.tracer.end(span)
    }

    private static func name(of message: ClientMessage) -> String {
        switch message {
        case .location: "stream location"
        case .locations: "stream locations"
        case .watch: "stream watch"
        case .unwatch: "stream unwatch"
        case .presence: "stream presence"
        case .ping: "stream ping"
        case .message: "stream message"
        case .typing: "stream typing"
        case .read: "stream read"
        case .sync: "stream sync"
        }
    }
}
