@testable import Accounts
@testable import Persistence

extension PlanCatalog {
    private static let user = "'00000000-0000-4000-9000-0000000001f4'::uuid"
    private static let signIn = "'00000000-0000-4000-a000-0000000001f4'::uuid"
    private static let signIns = ids((1...50).map { "00000000-0000-4000-a000-" + hex($0 * 101) })
    private static let hash = "repeat('x', 97)"
    private static let token = "sha256('token-500'::bytea)"
    private static let fresh = "sha256('fresh'::bytea)"
    private static let sealed = "decode(repeat('00', 60), 'hex')"
    private static let expiry = "now() + interval '30 days'"
    private static let client = ["'Phone'", "'ios'", "'1.0'", "NULL"]

    /// Accounts and sign-ins, of a hundred thousand people.
    static let accounts: [PlanCase] = [
        PlanCase(
            AccountStatements.register,
            [
                "gen_random_uuid()", "'new'", "'new'", "'New'", "now()", "'new@example.org'", "'new@example.org'", hash,
                "gen_random_uuid()", fresh, expiry, "'::1'", "NULL",
            ] + client, within: 20),
        PlanCase(AccountStatements.byEmail, ["'fill-500@example.org'"], within: 20),
        PlanCase(AccountStatements.byUsername, ["'fill-500'"], within: 20),
        PlanCase(AccountStatements.byID, [user], within: 20),
        PlanCase(AccountStatements.changeProfile, [user, "'Ada'", "'other'", "'other'", "now()"], within: 20),
        PlanCase(AccountStatements.changePassword, [user, "1", hash, signIn, "now()"], within: 20),
        PlanCase(AccountStatements.rehash, [user, "1", hash], within: 20),
        PlanCase(AccountStatements.close, [user, "now()"], within: 20),
        PlanCase(
            AccountStatements.attempt, ["ARRAY[\(fresh), sha256('500'::bytea)]", "ARRAY[5, 50]", "now()"], within: 20),
        PlanCase(AccountStatements.forgetAttempts, ["ARRAY[\(fresh), sha256('500'::bytea)]"], within: 20),
        PlanCase(AccountStatements.removeAttempts, ["now() - interval '1 day'", "5000"], within: 1000),
        PlanCase(AccountStatements.removeSignIns, ["now()", "5000"], within: 2000),
        PlanCase(AccountStatements.removeTokens, ["now()", "5000"], within: 1000),
        PlanCase(
            SignInStatements.begin,
            [user, "1", "gen_random_uuid()", fresh, "now()", expiry, "'::1'", "NULL"] + client
                + ["20", "ARRAY[\(fresh)]"], within: 20),
        PlanCase(SignInStatements.rotate, [token, fresh, sealed, "now()", "10", expiry, "'::1'", "NULL"], within: 20),
        PlanCase(SignInStatements.state, [signIn], within: 20),
        PlanCase(SignInStatements.begun, [signIn, "now()"], within: 20),
        PlanCase(SignInStatements.ended, [signIns, "now()"], within: 50),
        PlanCase(SignInStatements.list, [user, "now()", "'ffffffff-ffff-ffff-ffff-ffffffffffff'", "100"], within: 20),
        PlanCase(SignInStatements.end, [user, "NULL", signIn, "now()"], within: 20),
        PlanCase(SignInStatements.endByToken, [token, "now()"], within: 20),
        PlanCase(
            SignInStatements.changeDevice,
            [signIn, user, "true", "'Phone'", "false", "NULL", "false", "NULL", "true", "NULL"], within: 20),
        PlanCase(AdministrationStatements.list, [user, "100"], within: 20),
        PlanCase(AdministrationStatements.setDisabled, [user, "true", "now()"], within: 20),
        PlanCase(ErasureStatements.devices, [user, "50"], within: 20),
        PlanCase(ErasureStatements.leaveGroups, [user], within: 50),
        PlanCase(ErasureStatements.withdraw, [user, "now()"], within: 50),
        PlanCase(ErasureStatements.slice, [user, "1000"], within: 500),
        PlanCase(ErasureStatements.hasten, ["'erase_account'", "'none'"], within: 20),
        PlanCase(ErasureStatements.removeUser, [user], within: 50),
    ]
}
