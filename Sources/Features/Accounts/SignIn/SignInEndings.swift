internal import FeatureKit
internal import Model

/// What this hub does when sign-ins have ended, after the commit: no loop lets their tokens in any more, and then their
/// streams close with 1008. Other hubs notice by themselves, within seconds (docs/adr/0023). Callable from any thread.
struct SignInEndings: Sendable {
    let rings: BearerRings
    let sessions: any LiveSessions

    /// Returns when every loop knows it and every stream is closing.
    func end(_ signIns: Set<SignInID>) async {
        guard !signIns.isEmpty else { return }
        await rings.end(signIns)
        await sessions.closeAll { credential in credential.signIn.map(signIns.contains) ?? false }
    }

    /// Ends whatever `user` has open, whichever sign-in it is of.
    func endAll(of user: UserID, _ signIns: Set<SignInID>) async {
        await rings.end(signIns)
        await rings.forget(user)
        await sessions.closeAll { $0.user == user }
    }

    /// The password of `user` has changed, or a provider's account was parted: these end, and one that stays needs an access
    /// token of today.
    func passwordChanged(of user: UserID, ending signIns: Set<SignInID>) async {
        await rings.forget(user)
        await end(signIns)
    }
}
