package import HTTP

/// Finds out who is behind a request. Called on the connection's loop.
package protocol Authenticator: AnyObject, Sendable {
    /// Reads the credentials of `request`. Without any, the caller is ``Principal/anonymous``, which is no error here.
    func authenticate(_ request: HTTPRequest) -> Authentication
}

/// What an ``Authenticator`` knows at once.
package enum Authentication: Sendable {
    /// Who it is, or why the credentials are refused.
    case decided(Result<Principal, Problem>)
    /// It has to be looked up, which runs on the connection's loop and is cancelled when the client goes away.
    case pending(@Sendable () async -> Result<Principal, Problem>)
}
