internal import EventLoop
internal import HTTP
internal import Model
internal import Telemetry
internal import Wire

/// Lets a request of an idempotent route through once for each `Idempotency-Key`, and answers its repetitions with what
/// the first was answered. A request without the field passes untouched.
///
/// The answer is kept before it is sent. Who repeats a request that is still being handled is answered 409 and comes
/// again: nothing waits here. Called on its loop.
struct IdempotencyGate: Sendable {
    /// The field of a replayed answer.
    static let replayField = "Idempotency-Replayed"
    static let field = "Idempotency-Key"

    static let parameter = RouteParameter.header(
        field, .string(length: IdempotentRequest.keyLengths, pattern: #"^[\x20-\x7E]+$"#),
        "Chosen by the client, new for every request and the same when it is sent again: within 24 hours it then gets the "
            + "same answer and is not handled twice. 409 while the first is being handled, 422 with another body.")

    private let loop: Loop
    private let store: (any IdempotencyStore)?
    /// How long a claim holds of which nothing more is heard: longer than any request may take, so that it ends by itself
    /// only if the hub did.
    private let lease: Duration

    /// - Parameter requestTimeout: How long a request may take.
    init(on loop: Loop, store: (any IdempotencyStore)?, requestTimeout: Duration) {
        self.loop = loop
        self.store = store
        lease = max(.seconds(60), requestTimeout * 2)
    }

    /// Answers through `responder`, either itself or by having `handle` do it.
    func pass(
        _ request: RouteRequest, _ responder: HTTPResponder, _ handle: @escaping @Sendable (HTTPResponder) -> Void
    ) {
        guard request.route.isIdempotent, request.headers.contains(IdempotencyGate.field) else {
            return handle(responder)
        }
        guard let key = IdempotencyGate.key(of: request) else {
            return responder.fail(IdempotencyGate.malformed, for: request)
        }
        guard let store, let caller = request.principal.name else { return handle(responder) }
        let repeated = IdempotentRequest(
            caller: caller, operation: request.route.operationID, key: key, body: request.body)
        // Not cancelled when the client goes away: what has been claimed is done to its end, and the client finds its
        // answer. It ends because the store and the handler have times of their own.
        Task(executorPreference: loop) {
            do throws(DeviceStoreError) {
                switch try await store.claim(repeated, lease: lease) {
                case .granted(let claim):
                    let answer = await IdempotencyGate.answer(on: request.loop, handle)
                    await IdempotencyGate.settle(answer, repeated, claim, in: store, for: request)
                    responder.respond(answer)
                case .answered(let answer): responder.respond(IdempotencyGate.response(answer))
                case .inFlight: responder.fail(IdempotencyGate.inFlight, for: request)
                case .otherBody: responder.fail(IdempotencyGate.otherBody, for: request)
                }
            } catch {
                if case .failed(let state) = error {
                    request.logger.error("idempotency key not claimed", ["sql_state": .string(state)])
                }
                responder.fail(
                    Problem(.serviceUnavailable, "Database temporarily unavailable", retryAfter: 1), for: request)
            }
        }
    }

    /// The one key of the request; nothing if it is malformed.
    private static func key(of request: RouteRequest) -> String? {
        let keys = request.headers.values(of: field)
        guard keys.count == 1, IdempotentRequest.keyLengths.contains(keys[0].utf8.count),
            keys[0].utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        return keys[0]
    }

    private static func answer(
        on loop: Loop, _ handle: @escaping @Sendable (HTTPResponder) -> Void
    ) async -> HTTPResponse {
        await withCheckedContinuation { continuation in
            loop.preconditionIsolated()
            handle(HTTPResponder(on: loop) { continuation.resume(returning: $0) })
        }
    }

    /// Keeps an answer that is final and gives the key back otherwise. Neither is the client's concern: it has its answer,
    /// and a repetition that finds none is handled again.
    private static func settle(
        _ answer: HTTPResponse, _ request: IdempotentRequest, _ claim: Int64, in store: any IdempotencyStore,
        for route: RouteRequest
    ) async {
        do throws(DeviceStoreError) {
            guard isFinal(answer.status) else { return try await store.release(request, claim: claim) }
            let kept = IdempotentAnswer(status: Int(answer.status.code), body: answer.body)
            if try await !store.keep(kept, for: request, claim: claim) {
                route.logger.warning("answer came after its idempotency key was taken over")
            }
        } catch {
            route.logger.warning("answer not kept for its idempotency key")
        }
    }

    /// Whether the answer speaks of the request alone or of what it has done. Everything else (not found, conflict, too
    /// often, unavailable) may be another answer next time, and nothing was done that must not be done again.
    static func isFinal(_ status: HTTPStatus) -> Bool {
        (200...399).contains(status.code) || status == .badRequest || status == .unprocessableContent
    }

    private static func response(_ answer: IdempotentAnswer) -> HTTPResponse {
        var response = HTTPResponse(HTTPStatus(UInt16(answer.status)), body: answer.body)
        if !answer.body.isEmpty { response.contentType = answer.status < 400 ? .json : .problem }
        response.headers.append(replayField, "true")
        return response
    }

    private static let malformed = Problem(
        .invalidFormat, "Idempotency-Key must be one value of 1 to 255 printable ASCII characters")
    private static let inFlight = Problem(
        .conflict, "A request with this Idempotency-Key is being handled; send it again later", retryAfter: 1)
    private static let otherBody = Problem(
        .idempotencyKeyReused, "This Idempotency-Key came with another request body before")
}
