/// `[credentials]`: how passwords are hashed, tokens signed and secrets kept.
package struct CredentialsConfiguration: Equatable, Sendable {
    /// KiB that hashing one password fills.
    package var passwordMemory = 19_456
    /// Passes over that memory.
    package var passwordIterations = 2
    /// Passwords hashed at the same time; 0 is one less than there are cores.
    package var passwordThreads = 0
    /// Passwords that may wait to be hashed.
    package var passwordQueue = 64
    /// 32 bytes in base64, which secrets are sealed with.
    package var masterKey: Secret?
    /// A file with the same; empty is `master.key` in the data folder, made if there is none.
    package var masterKeyFile = ""
    /// What access tokens name as their issuer.
    package var issuer = "presence-hub"
    /// How long a key signs access tokens.
    package var keyRotation = Duration.seconds(30 * 86_400)
    /// A file that describes who else may say who somebody is; empty if nobody.
    package var providersFile = ""

    package init() {}
}
