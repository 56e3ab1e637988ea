extension Setting {
    /// `[credentials]`.
    static let credentials: [Setting] = [
        .integer(
            "credentials.password_memory_kib", \.credentials.passwordMemory, 1_024...1_048_576,
            "KiB of memory that hashing one password fills (Argon2id). More makes guessing dearer, and signing in too."),
        .integer(
            "credentials.password_iterations", \.credentials.passwordIterations, 1...100,
            "Passes over that memory. Who signs in after a change gets their password hashed anew."),
        .integer(
            "credentials.password_threads", \.credentials.passwordThreads, 0...1_024,
            "Passwords hashed at the same time, each on a thread of low priority; 0 is one less than there are cores."),
        .integer(
            "credentials.password_queue", \.credentials.passwordQueue, 1...100_000,
            "Passwords that may wait to be hashed; more are answered 503 with Retry-After."),
        .secret(
            "credentials.master_key", \.credentials.masterKey, kind: "32 bytes in base64",
            "Seals what the database holds of secrets: signing keys and second factors. Hubs that share a database need the same. "
                + "Empty takes master_key_file.",
            where: isMasterKey, masked: { _ in "****" }),
        .text(
            "credentials.master_key_file", \.credentials.masterKeyFile, kind: "a path",
            "A file with that key; empty is master.key in data.dir, which is made if it is not there. Keep a copy apart from the "
                + "database's."),
        .text(
            "credentials.issuer", \.credentials.issuer, kind: "1 to 200 characters",
            "What access tokens name as their issuer; the hub's public URL if others check them too.",
            where: { (1...200).contains($0.count) }),
        .duration(
            "credentials.key_rotation_days", \.credentials.keyRotation, in: .seconds(86_400), 1...365,
            "How long one key signs access tokens. The next is published a day before its turn, and a key checks until the "
                + "last token it signed has expired."),
        .text(
            "credentials.providers_file", \.credentials.providersFile, kind: "a path",
            "A TOML file that names the OpenID Connect providers people may sign in with; empty if there are none."),
    ]
}
