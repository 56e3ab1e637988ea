/// An API key as the store knows it (stories 1.4 and 4.9): never the key, only its hash.
package struct APIKey: Hashable, Sendable {
    package var id: APIKeyID
    /// The key's first 8 characters, `pm_` included, by which people tell keys apart.
    package var prefix: String
    package var name: String
    package var isAdmin: Bool
    package var isActive: Bool
    package var createdAt: Timestamp
    package var expiresAt: Timestamp?
    package var lastUsedAt: Timestamp?

    package init(
        id: APIKeyID, prefix: String, name: String, isAdmin: Bool, isActive: Bool, createdAt: Timestamp,
        expiresAt: Timestamp? = nil, lastUsedAt: Timestamp? = nil
    ) {
        self.id = id
        self.prefix = prefix
        self.name = name
        self.isAdmin = isAdmin
        self.isActive = isActive
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
    }

    /// Whether the key opens anything at `now`.
    package func isValid(at now: Timestamp) -> Bool {
        isActive && (expiresAt.map { now < $0 } ?? true)
    }
}
