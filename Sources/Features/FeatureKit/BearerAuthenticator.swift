package import EventLoop
package import Model

/// Knows users by their access tokens; one area offers it (``Registry/authenticateBearers(with:)``).
package protocol BearerAuthenticator: Sendable {
    /// Who sent `Authorization: Bearer` with `token`, or why it is refused. On `loop`, which is the connection's.
    func authenticate(bearer token: String, on loop: Loop) -> Authentication

    /// Whether a sign-in still opens anything.
    ///
    /// - Throws: While it cannot be asked.
    func isLive(_ user: SignedInUser) async throws(DeviceStoreError) -> Bool

    /// Whether this hub knows that a sign-in has ended, asking nobody: for what was let in a moment ago and begins only now.
    /// On `loop`.
    ///
    /// Every loop knows it before streams are closed for it (``LiveSessions/closeAll(where:)``). So a stream that is entered
    /// first and then asks is closed by the one or the other.
    func hasEnded(_ signIn: SignInID, on loop: Loop) -> Bool

    /// Those of some sign-ins that open nothing any more, on whichever hub they were ended; from now on this hub knows it
    /// of them.
    ///
    /// - Throws: While it cannot be asked.
    func ended(among signIns: Set<SignInID>) async throws(DeviceStoreError) -> Set<SignInID>

    /// Asks anew before any sign-in is let in again; while it cannot, what was known serves.
    func doubtEverything() async
}
