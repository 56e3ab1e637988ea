package import Crypto
internal import Synchronization

/// The keys that tokens are signed and checked with, as they are just now. Any thread reads; one refreshes.
package final class TokenKeys: Sendable {
    /// One state of the keys.
    package struct Snapshot: Sendable {
        /// Signs new tokens; nothing while no key is known.
        package var signing: (id: String, key: Ed25519PrivateKey)?
        /// Check tokens, by their names.
        package var verifying: [String: PublicKey]

        package init(signing: (id: String, key: Ed25519PrivateKey)? = nil, verifying: [String: PublicKey] = [:]) {
            self.signing = signing
            self.verifying = verifying
        }
    }

    private let state: Mutex<Snapshot>

    package init(_ snapshot: Snapshot = Snapshot()) { state = Mutex(snapshot) }

    package var snapshot: Snapshot { state.withLock { $0 } }

    package func replace(with snapshot: Snapshot) { state.withLock { $0 = snapshot } }
}
