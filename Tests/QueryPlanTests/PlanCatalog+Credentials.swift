@testable import Accounts

extension PlanCatalog {
    private static let user = "'00000000-0000-4000-9000-0000000001f4'::uuid"
    private static let hash = "sha256('x'::bytea)"
    private static let codes = "ARRAY[sha256('1'::bytea), sha256('2'::bytea)]"

    /// Signing keys, second factors, and sign-ins with providers.
    static let credentials: [PlanCase] = [
        PlanCase(SigningKeyStore.list),
        PlanCase(
            SigningKeyStore.insert,
            [
                "'plan'", hash, "decode(repeat('00', 60), 'hex')", "decode(repeat('00', 8), 'hex')", "now()", "now()",
                "NULL",
            ]),
        PlanCase(SigningKeyStore.removal, ["now()", "now() - interval '400 days'"]),
        PlanCase(SecondFactorStore.confirmed, [user]),
        PlanCase(SecondFactorStore.insert, [user, "decode(repeat('00', 48), 'hex')", "now()"]),
        PlanCase(SecondFactorStore.removePendingCodes, [user]),
        PlanCase(SecondFactorStore.insertPendingCodes, [user, codes]),
        PlanCase(SecondFactorStore.claim, [user, "true", "now()", "5", "30", "3600"]),
        PlanCase(SecondFactorStore.acceptance, [user, "1", "now()"]),
        PlanCase(SecondFactorStore.spending, [user, hash]),
        PlanCase(SecondFactorStore.removeCodes, [user]),
        PlanCase(SecondFactorStore.insertCodes, [user, codes]),
        PlanCase(SecondFactorStore.removal, [user]),
        PlanCase(
            ProviderSignInStore.insert,
            [
                hash, "'plan'", "repeat('n', 43)", "decode(repeat('00', 71), 'hex')", "'https://a.example'", "NULL",
                "now()",
            ]),
        PlanCase(ProviderSignInStore.taking, [hash, "'plan'"]),
        PlanCase(ProviderSignInStore.find, ["'plan'", "'subject'"]),
        PlanCase(ProviderSignInStore.linking, [user, "'plan'", "'subject'"]),
        PlanCase(
            ProviderSignInStore.registration,
            [
                "gen_random_uuid()", "'plan-new'", "'plan-new'", "'New'", "now()", "'plan@example.org'",
                "'plan@example.org'", "'plan'", "'subject'", "true",
            ]),
        PlanCase(ProviderSignInStore.releaseAddress, ["'fill-500@example.org'"]),
        PlanCase(ProviderSignInStore.releaseTokens, ["'fill-500@example.org'"]),
        PlanCase(ProviderSignInStore.verification, [user, "now()"]),
        PlanCase(ProviderSignInStore.unlinking, [user, "'plan'"]),
        PlanCase(ProviderSignInStore.removal, ["now()", "1000"]),
    ]
}
