import HubTesting
import Model
import Persistence
import Testing

@testable import Accounts

/// What a password reset leaves of what others may have prepared.
@Suite(.timeLimit(.minutes(2)))
struct ResetTests {
    /// Joins an account elsewhere, sets up a second factor, and resets the password by a token.
    private func reset(_ user: UserID, in fixture: MailFixture) async throws -> String? {
        let now = fixture.clock.now
        try await fixture.query(
            "UPDATE accounts.credentials SET provider = 'else', provider_subject = 's-1' WHERE user_id = $1::uuid",
            user.rawValue)
        try await fixture.query(
            """
            INSERT INTO accounts.second_factors (user_id, sealed_secret, created_at, confirmed_at)
            VALUES ($1::uuid, decode(repeat('00', 48), 'hex'), $2::timestamptz, $2::timestamptz)
            """, user.rawValue, now)
        try await fixture.query(
            """
            INSERT INTO accounts.mail_tokens
            SELECT sha256('t'::bytea), user_id, 'reset_password', gen_random_uuid(),
                sha256(convert_to(email_key, 'UTF8')), $2::timestamptz, $2::timestamptz + interval '1 hour'
            FROM accounts.credentials WHERE user_id = $1::uuid
            """, user.rawValue, now)
        let result = try await fixture.query(
            "SELECT outcome FROM accounts.reset_password(sha256('t'::bytea), repeat('y', 40), $1::timestamptz)", now)
        return result[0].text(0)
    }

    @Test(arguments: [true, false])
    func `the joined account elsewhere goes, and a second factor where nobody had confirmed the address`(
        isVerified: Bool
    ) async throws {
        try await MailFixture.with { fixture in
            let user = try await fixture.person(isVerified: isVerified)
            #expect(try await reset(user, in: fixture) == "reset")
            #expect(
                try await fixture.count(
                    "SELECT count(*) FROM accounts.credentials WHERE provider = 'local' AND provider_subject IS NULL")
                    == 1)
            #expect(
                try await fixture.count("SELECT count(*) FROM accounts.second_factors") == (isVerified ? 1 : 0))
            #expect(
                try await fixture.count(
                    "SELECT count(*) FROM accounts.credentials WHERE email_verified_at IS NOT NULL") == 1)
        }
    }
}
