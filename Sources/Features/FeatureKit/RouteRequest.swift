package import EventLoop
package import HTTP
package import Model
package import Telemetry

/// A request as a handler gets it: routed, and its caller known.
package struct RouteRequest: Sendable {
    package let http: HTTPRequest
    /// Where it comes from, as far as trusted proxies say.
    package let origin: ClientOrigin
    package let route: Route
    package let principal: Principal
    /// What the client called it in `X-Request-ID`, or a UUID of the hub's; the client is told.
    package let id: String
    /// Where the handler runs and the answer leaves.
    package let loop: Loop
    /// The request's span, or what its caller has sent, while there is tracing.
    package let trace: TraceContext?
    /// Puts the request's id in every line, and its trace's.
    package var logger: Logger {
        let logger = baseLogger.with(requestID: id)
        guard let trace else { return logger }
        return logger.with(["trace_id": .string(trace.span.traceID)])
    }

    let parameterValues: [String]
    let table: RouteTable
    let baseLogger: Logger
    let rates: RequestStandings
    let rateGate: (any RateGate)?

    package var body: [UInt8] { http.body }
    package var query: Query { http.query }
    package var headers: HTTPHeaders { http.headers }

    /// What rate policies count it by. A device is named by `deviceId`.
    var rateCaller: RateCaller {
        // Only a route's own policy counts by device, and looks for one.
        guard !route.ratePolicies.isEmpty else { return RateCaller(origin: origin, principal: principal) }
        let name = "deviceId"
        let text = route.path.parameters.contains(name) ? parameter(name) : query[name]
        return RateCaller(origin: origin, principal: principal, device: text.flatMap { DeviceID($0) })
    }

    /// Counts the request by a device that nothing but its content named, against a policy that counts by device. On the
    /// request's loop.
    ///
    /// - Throws: 429 if it is one too many.
    /// - Precondition: There is a policy of that name.
    package func count(_ device: DeviceID, by policy: String) throws(Problem) {
        let caller = RateCaller(origin: origin, principal: principal, device: device)
        rateGate?.count(caller, policies: [policy], at: loop.now, in: &rates.standings)
        if let problem = rates.standings.refusal { throw problem }
    }

    /// The value of a parameter of the route's path, decoded.
    ///
    /// - Precondition: The path has a parameter of that name.
    package func parameter(_ name: String) -> String {
        guard let index = route.path.parameters.firstIndex(of: name) else {
            preconditionFailure("\(route.path) has no parameter \(name)")
        }
        return parameterValues[index]
    }
}
