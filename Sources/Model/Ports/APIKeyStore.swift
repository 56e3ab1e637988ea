/// API keys, kept as SHA-256 hashes. Safe to call from any actor.
package protocol APIKeyStore: Sendable {
    /// The key with that hash, valid or not.
    func key(hash: [UInt8]) async throws(DeviceStoreError) -> APIKey?

    /// The key of that id, valid or not.
    func key(id: APIKeyID) async throws(DeviceStoreError) -> APIKey?

    /// Stores a new key.
    func insert(_ key: APIKey, hash: [UInt8]) async throws(DeviceStoreError)

    /// All keys, newest first.
    func list() async throws(DeviceStoreError) -> [APIKey]

    /// Makes the keys inactive that have this id or this prefix; returns those it changed.
    func revoke(idOrPrefix: String, at now: Timestamp) async throws(DeviceStoreError) -> [APIKey]

    /// Notes the use of keys; the latest moment wins (story 1.4, criterion 6).
    func touch(_ uses: [APIKeyID: Timestamp]) async throws(DeviceStoreError)
}
