internal import Crypto
internal import EventLoop
internal import Model

/// A try to get at an account with a password, as failures are counted: by what was tried from one network, and by what was
/// tried from anywhere. A stranger who guesses makes themselves wait long before they make the owner wait.
///
/// It is what the client typed that counts, not which account it leads to: there is nothing to learn from it.
struct SignInAttempt: Sendable {
    struct Subject: Sendable {
        /// 32 bytes; says nothing of an address to who reads it.
        let hash: [UInt8]
        /// Failures after which the next waits.
        let free: Int
    }

    /// In an order that is the same for all.
    let subjects: [Subject]

    /// From all networks together.
    private static let networks = 10

    init(_ login: Login, from address: IPAddress, free: Int) {
        let name =
            switch login {
            case .email(let key): "email\u{0}\(key)"
            case .username(let key): "username\u{0}\(key)"
            }
        self.init(name, from: address, free: free)
    }

    /// By somebody who has signed in and has to show their password again.
    init(_ user: UserID, from address: IPAddress, free: Int) {
        self.init("user\u{0}\(user)", from: address, free: free)
    }

    private init(_ name: String, from address: IPAddress, free: Int) {
        // An IPv4 address, or the 64 bits of an IPv6 one that a subscriber is given (RFC 6177).
        let network = address.family == .ipv6 ? [address.high] : [address.high, address.low]
        let near = SHA256.hash(Array("\(name)\u{0}\(network)".utf8))
        let anywhere = SHA256.hash(Array(name.utf8))
        subjects = [
            Subject(hash: near, free: free), Subject(hash: anywhere, free: free * SignInAttempt.networks),
        ].sorted { $0.hash.lexicographicallyPrecedes($1.hash) }
    }
}
