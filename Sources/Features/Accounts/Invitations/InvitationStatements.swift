internal import Persistence

/// The statements of ``PostgresInvitationStore``.
enum InvitationStatements {
    static let invite = PostgresStatement(
        "accounts.invite",
        """
        SELECT outcome, notified FROM accounts.invite(
            $1::uuid, $2::text, $3::uuid, $4::text, $5::text, $6::int, $7::timestamptz, $8::timestamptz, $9::text,
            $10::text, $11::int)
        """)

    static let join = PostgresStatement(
        "accounts.join_group",
        """
        SELECT outcome, group_id FROM accounts.join_group($1::uuid, $2::text, $3::int, $4::int, $5::timestamptz)
        """)

    static let joinFirst = PostgresStatement(
        "accounts.join_first_group",
        "SELECT accounts.join_first_group($1::uuid, $2::text, $3::int, $4::int, $5::timestamptz)")

    /// Of a group, for those who may invite; the newest first.
    static let ofGroup = PostgresStatement(
        "accounts.invitations_of_group",
        """
        SELECT i.id, i.group_id, i.code, i.role, i.invitee_name, i.max_uses, i.uses, i.created_at, i.expires_at
        FROM accounts.invitations i
        WHERE i.group_id = $1::text AND i.expires_at > $2::timestamptz AND i.uses < i.max_uses
            AND accounts.may_invite(i.invited_by, i.group_id, i.role)
        ORDER BY i.id DESC
        """)

    static let role = PostgresStatement(
        "accounts.role_in_group",
        "SELECT role FROM core.group_members WHERE group_id = $1::text AND user_id = $2::uuid")

    static let revoke = PostgresStatement(
        "accounts.revoke_invitation",
        "DELETE FROM accounts.invitations WHERE group_id = $1::text AND id = $2::uuid")

    private static let received = """
        SELECT i.id, i.code, coalesce(g.name, g.id),
            (SELECT count(*) FROM core.group_members c WHERE c.group_id = i.group_id), u.display_name, i.role,
            i.created_at, i.expires_at
        FROM accounts.invitations i
        JOIN core.groups g ON g.id = i.group_id
        JOIN core.users u ON u.id = i.invited_by
        """

    /// With code $1, as $2 may follow it at $3.
    static let withCode = PostgresStatement(
        "accounts.invitation_with_code",
        """
        \(received)
        WHERE i.code = $1::text AND i.expires_at > $3::timestamptz AND i.uses < i.max_uses
            AND (i.invitee_key IS NULL OR i.invitee_id = $2::uuid)
            AND accounts.may_invite(i.invited_by, i.group_id, i.role)
            AND accounts.serves(i.group_id, i.created_at, $2::uuid)
        """)

    /// Sent to $1 by people they do not block, into groups they are not in; those before $3, the newest first.
    static let sentTo = PostgresStatement(
        "accounts.invitations_sent_to",
        """
        \(received)
        WHERE i.invitee_id = $1::uuid AND i.id < $3::uuid AND i.expires_at > $2::timestamptz AND i.uses < i.max_uses
            AND accounts.may_invite(i.invited_by, i.group_id, i.role)
            AND accounts.serves(i.group_id, i.created_at, $1::uuid)
            AND NOT EXISTS (
                SELECT FROM core.blocks b WHERE b.blocker_id = $1::uuid AND b.blocked_id = i.invited_by)
            AND NOT EXISTS (
                SELECT FROM core.group_members m WHERE m.group_id = i.group_id AND m.user_id = $1::uuid)
        ORDER BY i.id DESC LIMIT $4::int
        """)

    static let decline = PostgresStatement(
        "accounts.decline_invitation",
        "DELETE FROM accounts.invitations WHERE code = $1::text AND invitee_id = $2::uuid AND uses = 0")
}
