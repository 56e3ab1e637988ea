internal import Persistence

/// The statements of mails and their tokens.
enum MailStatements {
    /// Keeps a token for whom it may go to, and gives who that is: for a reset anybody, be it for a first password, for a
    /// verification somebody whose address is not verified, and no more than $8 mails in an hour. $1 token, $2 user, $3 purpose, $4 mail,
    /// $5 now, $6 expiry, $7 an hour ago.
    static let issue = PostgresStatement(
        "accounts.issue_mail_token",
        """
        WITH recipient AS (
            SELECT c.user_id, c.email, c.email_key, c.email_verified_at, u.display_name
            FROM accounts.credentials c JOIN core.users u ON u.id = c.user_id
            WHERE c.user_id = $2::uuid AND CASE $3::text
                WHEN 'reset_password' THEN true
                WHEN 'verify_email' THEN c.email_verified_at IS NULL END
            AND (SELECT count(DISTINCT t.mail_id) FROM accounts.mail_tokens t
                WHERE t.user_id = $2::uuid AND t.purpose = $3::text AND t.created_at > $7::timestamptz
                    AND t.mail_id <> $4::uuid) < $8::int
        ), token AS (
            INSERT INTO accounts.mail_tokens (
                token_hash, user_id, purpose, mail_id, address_hash, created_at, expires_at)
            SELECT $1::bytea, user_id, $3::text, $4::uuid, sha256(convert_to(email_key, 'UTF8')), $5::timestamptz,
                $6::timestamptz
            FROM recipient
        )
        SELECT email, display_name, email_verified_at IS NOT NULL FROM recipient
        """)

    static let recipient = PostgresStatement(
        "accounts.mail_recipient",
        """
        SELECT c.email, u.display_name, c.email_verified_at IS NOT NULL
        FROM accounts.credentials c JOIN core.users u ON u.id = c.user_id WHERE c.user_id = $1::uuid
        """)

    /// Whether a token would reset a password now: 'good', 'expired', or no row; and the address and names of its account.
    static let look = PostgresStatement(
        "accounts.look_at_reset_token",
        """
        SELECT CASE WHEN t.expires_at > $2::timestamptz THEN 'good' ELSE 'expired' END, c.email, u.username,
            u.display_name
        FROM accounts.mail_tokens t JOIN accounts.credentials c ON c.user_id = t.user_id
            JOIN core.users u ON u.id = t.user_id
        WHERE t.token_hash = $1::bytea AND t.purpose = 'reset_password'
        """)

    static let reset = PostgresStatement(
        "accounts.reset_password",
        "SELECT outcome, who, ended FROM accounts.reset_password($1::bytea, $2::text, $3::timestamptz)")

    static let verify = PostgresStatement(
        "accounts.verify_email", "SELECT accounts.verify_email($1::bytea, $2::timestamptz)")

    static let removal = PostgresStatement(
        "accounts.remove_expired_mail_tokens",
        """
        DELETE FROM accounts.mail_tokens WHERE token_hash = ANY (ARRAY(
            SELECT t.token_hash FROM accounts.mail_tokens t WHERE t.expires_at < $1::timestamptz
            ORDER BY t.expires_at LIMIT $2::int FOR UPDATE SKIP LOCKED))
        """)
}
