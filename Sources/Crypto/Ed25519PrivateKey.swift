internal import COpenSSL

/// A key that signs with Ed25519 (RFC 8032). Any thread may sign with it.
@safe package final class Ed25519PrivateKey: @unchecked Sendable {  // OpenSSL changes no key that it signs with
    private let key: OpaquePointer
    /// What it is made from: 32 bytes that must stay secret.
    package let seed: [UInt8]
    /// 32 bytes that others check its signatures with.
    package let publicBytes: [UInt8]

    /// The key of `seed`; nothing unless that has 32 bytes.
    package init?(seed: [UInt8]) {
        guard seed.count == 32, let key = unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, 32) else {
            return nil
        }
        unsafe self.key = key
        self.seed = seed
        publicBytes = unsafe Ed25519PrivateKey.publicBytes(of: key)
    }

    /// A new one, of randomness.
    package static func generate() -> Ed25519PrivateKey {
        guard let key = Ed25519PrivateKey(seed: SecureRandom.bytes(32)) else {
            preconditionFailure("OpenSSL is installed without Ed25519")
        }
        return key
    }

    deinit { unsafe EVP_PKEY_free(key) }

    package var publicKey: PublicKey {
        guard let key = PublicKey(ed25519: publicBytes) else { preconditionFailure("a key without its public half") }
        return key
    }

    /// The 64 bytes of the signature, always the same for one message.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        return unsafe [UInt8](unsafeUninitializedCapacity: 64) { output, count in
            var length = 64
            let done =
                unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1
                && EVP_DigestSign(context, output.baseAddress, &length, message, message.count) == 1
            precondition(done && length == 64, "OpenSSL could not sign")
            count = length
        }
    }

    private static func publicBytes(of key: OpaquePointer) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 32) { output, count in
            var length = 32
            let done = unsafe EVP_PKEY_get_raw_public_key(key, output.baseAddress, &length)
            precondition(done == 1 && length == 32, "OpenSSL has no public half for a key")
            count = length
        }
    }
}
