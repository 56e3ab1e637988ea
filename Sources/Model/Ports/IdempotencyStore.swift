/// Answers to requests that carried an `Idempotency-Key`, kept so that a repeated request gets the same one (story 3.3).
/// Safe to call from any actor. Neither the key nor the request's body is kept, only their hashes.
package protocol IdempotencyStore: Sendable {
    /// Asks whether `request` is to be handled, and claims it if so.
    ///
    /// - Parameter lease: How long the claim holds if nothing more is heard of it; a hub that is killed lets go that late.
    func claim(
        _ request: IdempotentRequest, lease: Duration
    ) async throws(DeviceStoreError) -> IdempotencyClaim

    /// Keeps the answer to a claimed request for ``IdempotentAnswer/lifetime`` after the claim.
    ///
    /// - Returns: Whether the claim still held; an answer that comes after another has claimed the key is not kept.
    func keep(
        _ answer: IdempotentAnswer, for request: IdempotentRequest, claim: Int64
    ) async throws(DeviceStoreError) -> Bool

    /// Gives a claim back without an answer, so that the request may be handled anew. Harmless when it no longer holds.
    func release(_ request: IdempotentRequest, claim: Int64) async throws(DeviceStoreError)

    /// Removes at most `limit` answers whose time is over; returns how many.
    func removeExpired(limit: Int) async throws(DeviceStoreError) -> Int
}

/// What makes two requests the same one.
package struct IdempotentRequest: Hashable, Sendable {
    /// The key's length in bytes.
    package static let keyLengths = 1...255

    /// Who asks: callers never see each other's answers.
    package let caller: String
    /// What for: the route's operation.
    package let operation: String
    /// As the client chose it.
    package let key: String
    package let body: [UInt8]

    package init(caller: String, operation: String, key: String, body: [UInt8]) {
        self.caller = caller
        self.operation = operation
        self.key = key
        self.body = body
    }
}

/// An answer as it is given again.
package struct IdempotentAnswer: Hashable, Sendable {
    /// How long an answer is kept.
    package static let lifetime = Duration.seconds(24 * 3600)

    /// Of HTTP.
    package let status: Int
    package let body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// What becomes of a request with a key.
package enum IdempotencyClaim: Hashable, Sendable {
    /// It is the caller's to handle, and then to keep or to release, with this number.
    case granted(Int64)
    /// It has been answered.
    case answered(IdempotentAnswer)
    /// It is being handled at this moment.
    case inFlight
    /// The key came with another body before.
    case otherBody
}
