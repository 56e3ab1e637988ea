import Foundation
import HTTPClient
import Measuring
import Model

/// A person of a load, and what they sign in with.
struct Account: Sendable {
    let email: String
    let password: String
    var user: UserID
    var accessToken: String
    var refreshToken: String
    /// On ``MonotonicTime``; a minute early.
    var expires: UInt64

    /// What the hub answers whoever registers, signs in or refreshes.
    private struct Grant: Decodable {
        struct User: Decodable { var id: String }

        var user: User
        var accessToken: String
        var refreshToken: String
        var expiresIn: Double
    }

    /// - Parameter answer: That of a registration, a sign-in or a refresh; nothing comes of any other.
    init?(email: String, password: String, answer: HTTPAnswer) {
        guard (200...201).contains(answer.status),
            let grant = try? JSONDecoder().decode(Grant.self, from: Data(answer.body)),
            let id = UniqueID(grant.user.id)
        else { return nil }
        self.email = email
        self.password = password
        user = UserID(id)
        accessToken = grant.accessToken
        refreshToken = grant.refreshToken
        expires = MonotonicTime.now + UInt64(max(0, grant.expiresIn - 60) * 1e9)
    }

    var isFresh: Bool { MonotonicTime.now < expires }

    /// The same with the tokens of `answer`; nothing if it brings none.
    func renewed(by answer: HTTPAnswer) -> Account? { Account(email: email, password: password, answer: answer) }
}
