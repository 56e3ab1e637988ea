package import EventLoop
package import HTTP
internal import Model
package import Telemetry
internal import Wire

/// Takes every request of a loop to its route: names it, finds the route, asks who calls, lets the handler answer, logs
/// and counts.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
package final class Dispatcher: HTTPRequestHandler, @unchecked Sendable {
    package let loop: Loop
    private let table: RouteTable
    private let authenticator: any Authenticator
    private let rateGate: (any RateGate)?
    private let audit: AuditTrail?
    private let origins: CrossOriginPolicy
    private let idempotency: IdempotencyGate
    private let proxies: TrustedProxies
    private let transport: TransportPolicy
    private let logger: Logger
    private var ids: RequestIDs
    private var metrics: RequestMetrics
    private let tracer: LoopTracer?

    /// - Parameters:
    ///   - rateGate: Counts requests against their policies; without one there are no limits.
    ///   - audit: Hears of callers who are known and may not do what they asked for; without one nobody does.
    ///   - origins: Which web pages may read the answers.
    ///   - tracer: The loop's, while there is tracing.
    ///   - proxies: Who may ask for others.
    ///   - transport: Whether plain HTTP is answered.
    package init(
        on loop: Loop, table: RouteTable, authenticator: any Authenticator, rateGate: (any RateGate)? = nil,
        audit: AuditTrail? = nil, origins: CrossOriginPolicy, proxies: TrustedProxies = .none,
        transport: TransportPolicy = .any, services: Services, tracer: LoopTracer? = nil
    ) {
        self.loop = loop
        self.table = table
        self.authenticator = authenticator
        self.rateGate = rateGate
        self.audit = audit
        self.origins = origins
        self.proxies = proxies
        self.transport = transport
        logger = services.logger.component("http")
        idempotency = IdempotencyGate(
            on: loop, store: services.idempotency, requestTimeout: services.core?.uploadTimeout ?? .zero)
        ids = RequestIDs(clock: services.clock)
        metrics = RequestMetrics(registry: services.metrics)
        self.tracer = tracer
    }

    package func bodyLimit(for request: HTTPRequest) -> Int? {
        table.index(for: request).flatMap { table.routes[$0].maximumBody }
    }

    package func streamsBody(of request: HTTPRequest) -> Bool {
        guard let index = table.index(for: request), case .receiving = table.routes[index].handler else { return false }
        return true
    }

    package func response(to refusal: HTTPRefusal) -> HTTPResponse {
        let id = ids.make()
        logger.info(
            "request refused",
            [
                "status": .integer(refusal.status.code), "reason": .string(refusal.message),
                "request_id": .string(id),
            ])
        metrics.recordRefusal(refusal.status)
        var response = Problem(refusal).response(requestID: id)
        response.headers.append("X-Request-ID", id)
        return response
    }

    package func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        let id = ids.name(request)
        let match = table.match(request)
        let index = if case .found(let index, _) = match { index } else { -1 }
        let start = ContinuousClock.now
        let origin = proxies.origin(of: request)
        let rates = RequestStandings()
        let traced = tracer.map { RequestTrace(request, route: index < 0 ? nil : table.routes[index], $0) }
        responder.prepare = { [self] response in
            response.headers.append("X-Request-ID", id)
            rates.standings.write(to: &response.headers)
            origins.permit(request, in: &response.headers)
            // A proxy's TLS; the hub's own answers have it by themselves.
            if origin.isSecure, !request.isSecure {
                response.headers.append("Strict-Transport-Security", SecurityHeaders.strictTransport)
            }
            note(request.method, index, response.status, id, traced?.context, ContinuousClock.now - start)
            traced?.end(response.status)
        }
        if index < 0 || !table.routes[index].isProbe {
            rateGate?.count(origin, at: loop.now, in: &rates.standings)
            if let problem = rates.standings.refusal { return responder.respond(problem.response(requestID: id)) }
            if let answer = transport.answer(to: request, from: origin, id: id) { return responder.respond(answer) }
        }
        switch match {
        case .found(let index, let parameters):
            authenticate(request, origin, rates, table.routes[index], parameters, id, traced?.context, responder)
        case .otherMethods(let allow) where request.method == .options:
            responder.respond(origins.options(request, allow: allow))
        case .otherMethods(let allow):
            var problem = Problem(.methodNotAllowed, "This resource does not take that method")
            problem.fields.append(.init("Allow", allow.map(\.rawValue).joined(separator: ", ")))
            responder.respond(problem.response(requestID: id))
        case .notFound:
            responder.respond(Dispatcher.answerToUnknown(request) ?? Problem.notFound.response(requestID: id))
        }
    }

    /// Unversioned paths lead to version 1 (rule 1 of the contract), and `OPTIONS *` asks for the whole server.
    private static func answerToUnknown(_ request: HTTPRequest) -> HTTPResponse? {
        let path = request.path
        if path == "*" {
            return HTTPResponse(
                .noContent, headers: ["Allow": HTTPMethod.allCases.map(\.rawValue).joined(separator: ", ")])
        }
        guard path.hasPrefix("/api/"), path.utf8.count > 5 else { return nil }
        let first = path.utf8.dropFirst(5).prefix { $0 != UInt8(ascii: "/") }
        // A version, which is not this hub's.
        if first.first == UInt8(ascii: "v"), first.count > 1,
            first.dropFirst().allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        {
            return nil
        }
        let keepsMethod = request.method != .get && request.method != .head
        return .redirect(
            to: "/api/v1" + request.pathAndQuery.dropFirst(4),
            status: keepsMethod ? .permanentRedirect : .movedPermanently)
    }

    // MARK: Who calls

    private static func bringsCredentials(_ request: HTTPRequest) -> Bool {
        request.headers.contains("Authorization") || request.headers.contains("X-API-Key")
    }

    private func authenticate(
        _ request: HTTPRequest, _ origin: ClientOrigin, _ rates: RequestStandings, _ route: Route,
        _ parameters: [String], _ id: String, _ trace: TraceContext?, _ responder: HTTPResponder
    ) {
        let routed = { @Sendable [self] (principal: Principal) in
            RouteRequest(
                http: request, origin: origin, route: route, principal: principal, id: id, loop: loop,
                trace: trace, parameterValues: parameters, table: table, baseLogger: logger, rates: rates,
                rateGate: rateGate)
        }
        // Who may be anybody may yet be somebody, and says so.
        let isOpen = route.callers.contains(.anyone)
        if isOpen, route.callers == .anyone || !Dispatcher.bringsCredentials(request) {
            return admit(routed(.anonymous), responder)
        }
        switch authenticator.authenticate(request) {
        case .decided(.success(let principal)): admit(routed(principal), responder)
        case .decided(.failure(let problem)):
            responder.respond(Dispatcher.refusal(problem, of: route).response(requestID: id))
        case .pending(let lookUp):
            run(responder, trace) { [self] in
                let result = await lookUp()
                guard !responder.isAbandoned else { return }
                switch result {
                case .success(let principal): admit(routed(principal), responder)
                case .failure(let problem):
                    responder.respond(Dispatcher.refusal(problem, of: route).response(requestID: id))
                }
            }
        }
    }

    /// Who brings nothing, or nothing that is known, is told what the route takes.
    private static func refusal(_ problem: Problem, of route: Route) -> Problem {
        problem == .unauthorized() ? .unauthorized(for: route.callers) : problem
    }

    /// The caller is known; may it do this, and is there all the handler needs?
    private func admit(_ request: RouteRequest, _ responder: HTTPResponder) {
        if let problem = refusal(of: request) { return responder.fail(problem, for: request) }
        idempotency.pass(request, responder) { [self] in handle(request, $0) }
    }

    private func handle(_ request: RouteRequest, _ responder: HTTPResponder) {
        switch request.route.handler {
        case .immediate(let answer):
            do throws(Problem) {
                responder.respond(try answer(request))
            } catch {
                responder.fail(error, for: request)
            }
        case .deferred(let answer):
            guard let tracer, let trace = request.trace else { return answer(request, responder) }
            // For the actors it calls on this loop, and for the tasks it starts.
            tracer.with(trace.span) { Tracer.$current.withValue(trace) { answer(request, responder) } }
        case .streaming(let answer):
            run(responder, request.trace) { [self] in
                do {
                    try await answer(request, responder)
                } catch {
                    responder.fail(problem(from: error, of: request), for: request)
                }
            }
        case .receiving(let answer):
            run(responder, request.trace) { [self] in
                do {
                    responder.respond(try await answer(request, request.http.content))
                } catch {
                    responder.fail(problem(from: error, of: request), for: request)
                }
            }
        case .later(let answer):
            run(responder, request.trace) { [self] in
                do {
                    responder.respond(try await answer(request))
                } catch {
                    responder.fail(problem(from: error, of: request), for: request)
                }
            }
        }
    }

    private func refusal(of request: RouteRequest) -> Problem? {
        let route = request.route
        // First, so that what is forbidden cannot be tried for nothing.
        if let rateGate, !route.isProbe {
            rateGate.count(
                request.rateCaller, policies: route.ratePolicies, at: loop.now, in: &request.rates.standings)
            if let problem = request.rates.standings.refusal { return problem }
        }
        guard route.callers.admit(request.principal) else {
            guard request.principal != .anonymous else { return .unauthorized(for: route.callers) }
            if route.isAudited { audit?.note(request, .refused) }
            return .forbidden
        }
        guard let content = route.content else { return nil }
        if request.body.isEmpty, content.isRequired, !request.http.declaresContent {
            return Problem(.missingField, "The request needs content and its length", status: .lengthRequired)
        }
        if !request.body.isEmpty, let type = request.headers["Content-Type"],
            !Dispatcher.names(type, mediaType: content.mediaType)
        {
            return Problem(.unsupportedMediaType, "The content must be \(content.mediaType)")
        }
        return nil
    }

    /// Whether a `Content-Type` is that media type, whatever its parameters.
    private static func names(_ type: String, mediaType: String) -> Bool {
        let name = type.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
        return name.lowercased() == mediaType
    }

    // MARK: Later

    /// Runs `work` in a task of this loop, which is cancelled when the client goes away.
    private func run(
        _ responder: HTTPResponder, _ trace: TraceContext?, _ work: @escaping @Sendable () async -> Void
    ) {
        let task = Task(executorPreference: loop) {
            guard let trace else { return await work() }
            await Tracer.$current.withValue(trace) { await work() }
        }
        responder.onAbandoned = { task.cancel() }
    }

    private func problem(from error: any Error, of request: RouteRequest) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case HTTPBodyFailure.refused(let refusal): return Problem(refusal)
        case HTTPBodyFailure.gone: return Problem(.serviceUnavailable, "The request was given up")
        case is CancellationError: return Problem(.serviceUnavailable, "The request was given up")
        default:
            // A description may be shown to clients; an error without one says only what it is.
            let text = (error as? any CustomStringConvertible)?.description ?? String(reflecting: type(of: error))
            request.logger.error(
                "request failed", ["route": .string(request.route.path.description), "error": .string(text)])
            return .internal
        }
    }

    private func note(
        _ method: HTTPMethod, _ index: Int, _ status: HTTPStatus, _ id: String, _ trace: TraceContext?,
        _ duration: Duration
    ) {
        let path = index < 0 ? RequestMetrics.unmatched : table.routes[index].path.description
        metrics.record(
            route: index, method: index < 0 ? method : table.routes[index].method, path: path, status: status,
            duration: duration)
        func fields() -> LogFields {
            var fields: LogFields = [
                "method": .string(method.rawValue), "path": .string(path), "status": .integer(status.code),
                "duration_ms": .milliseconds(duration), "request_id": .string(id),
            ]
            if let trace { fields.append("trace_id", .string(trace.span.traceID)) }
            return fields
        }
        logger.log(status.code >= 500 ? .warning : .info, "request", fields())
    }
}
