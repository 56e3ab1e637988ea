internal import Model
internal import Persistence

/// One sign-in of somebody, from the password to its end, as they see it in the list.
struct SignIn: Hashable, Sendable {
    let id: SignInID
    var createdAt: Timestamp
    /// When its refresh token was used last.
    var lastUsedAt: Timestamp
    /// When it ends if its refresh token is not used.
    var expiresAt: Timestamp
    var client: SignInClient
    var device: SignInDevice
}

/// From where somebody signed in, or refreshed last.
struct SignInClient: Hashable, Sendable {
    /// The address of the network.
    var address: String
    /// `User-Agent`, cut to 400 characters.
    var userAgent: String?
}

/// What somebody signed in with, as the client says.
struct SignInDevice: Hashable, Sendable {
    /// 1 to 100 characters.
    var name: String?
    /// 1 to 50 characters.
    var platform: String?
    /// 1 to 50 characters.
    var appVersion: String?
    /// Where notifications go; at most 4096 bytes.
    var pushToken: String?
}

extension SignIn {
    static let columns = """
        s.id, s.created_at, s.last_used_at, s.expires_at, s.client_address, s.user_agent, s.device_name, s.platform, \
        s.app_version, s.push_token
        """

    init?(row: PostgresRow) {
        guard let id = row.uniqueID(0), let createdAt = row.timestamp(1), let lastUsedAt = row.timestamp(2),
            let expiresAt = row.timestamp(3), let address = row.text(4)
        else { return nil }
        self.init(
            id: SignInID(id), createdAt: createdAt, lastUsedAt: lastUsedAt, expiresAt: expiresAt,
            client: SignInClient(address: address, userAgent: row.text(5)), device: SignInDevice(row: row, from: 6))
    }
}

extension SignInDevice {
    init(row: PostgresRow, from column: Int) {
        self.init(
            name: row.text(column), platform: row.text(column + 1), appVersion: row.text(column + 2),
            pushToken: row.text(column + 3))
    }
}
