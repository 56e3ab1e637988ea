internal import COpenSSL

/// Seals secrets that are stored: AES-256-GCM (NIST SP 800-38D) with a random nonce, which is safe for some billions of
/// them under one key. Shows itself to nobody.
package struct SealingKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let bytes: [UInt8]

    package static let nonceSize = 12
    package static let tagSize = 16

    /// - Parameter bytes: 32; anything else is no key.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// A key of its own for one purpose, from which neither this one nor another purpose's can be told.
    package func derived(for purpose: StaticString) -> SealingKey {
        guard let key = SealingKey(HMAC.sha256(Array("presence-hub \(purpose)".utf8), key: bytes)) else {
            preconditionFailure("HMAC-SHA256 gives 32 bytes")
        }
        return key
    }

    /// 8 bytes by which keys are told apart, and which tell nothing of them.
    package var fingerprint: [UInt8] {
        Array(HMAC.sha256(Array("presence-hub fingerprint".utf8), key: bytes).prefix(8))
    }

    /// Nonce, ciphertext and tag: 28 bytes more than `secret`.
    ///
    /// - Parameter context: What it belongs to, such as a row's key; it opens for the same context only.
    package func seal(_ secret: [UInt8], for context: [UInt8]) -> [UInt8] {
        let nonce = SecureRandom.bytes(SealingKey.nonceSize)
        let cipher = unsafe EVP_CIPHER_CTX_new()
        defer { unsafe EVP_CIPHER_CTX_free(cipher) }
        var sealed = [UInt8](repeating: 0, count: secret.count)
        var tag = [UInt8](repeating: 0, count: SealingKey.tagSize)
        var length: Int32 = 0
        let done =
            unsafe EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), nil, bytes, nonce) == 1
            && EVP_EncryptUpdate(cipher, nil, &length, context, Int32(context.count)) == 1
            && EVP_EncryptUpdate(cipher, &sealed, &length, secret, Int32(secret.count)) == 1
            && EVP_EncryptFinal_ex(cipher, &tag, &length) == 1
            && COpenSSL_get_tag(cipher, &tag, Int32(SealingKey.tagSize)) == 1
        precondition(done, "OpenSSL could not seal")
        return nonce + sealed + tag
    }

    /// What was sealed; nothing if it was sealed with another key or for another context, or has been changed.
    package func open(_ sealed: [UInt8], for context: [UInt8]) -> [UInt8]? {
        guard sealed.count >= SealingKey.nonceSize + SealingKey.tagSize else { return nil }
        let nonce = Array(sealed.prefix(SealingKey.nonceSize))
        let body = Array(sealed.dropFirst(SealingKey.nonceSize).dropLast(SealingKey.tagSize))
        var tag = Array(sealed.suffix(SealingKey.tagSize))
        let cipher = unsafe EVP_CIPHER_CTX_new()
        defer { unsafe EVP_CIPHER_CTX_free(cipher) }
        var secret = [UInt8](repeating: 0, count: body.count)
        var length: Int32 = 0
        var last = [UInt8](repeating: 0, count: 16)
        let done =
            unsafe EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), nil, bytes, nonce) == 1
            && EVP_DecryptUpdate(cipher, nil, &length, context, Int32(context.count)) == 1
            && EVP_DecryptUpdate(cipher, &secret, &length, body, Int32(body.count)) == 1
            && COpenSSL_set_tag(cipher, &tag, Int32(SealingKey.tagSize)) == 1
            && EVP_DecryptFinal_ex(cipher, &last, &length) == 1
        ERR_clear_error()
        return done ? secret : nil
    }

    package var description: String { "(sealing key)" }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
