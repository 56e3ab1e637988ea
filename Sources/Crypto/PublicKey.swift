internal import COpenSSL

/// A key that checks signatures, of one of the three kinds that the hub knows. Any thread may check with it.
@safe package final class PublicKey: @unchecked Sendable {  // OpenSSL changes no key that it checks with
    /// A kind of key and the one way of signing with it; a signature made in another way is none.
    package enum Kind: Hashable, Sendable {
        /// Ed25519 (RFC 8032); signatures have 64 bytes.
        case ed25519
        /// ECDSA on P-256 with SHA-256; signatures are r and s, 32 bytes each (RFC 7518, section 3.4).
        case p256
        /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3).
        case rsa
    }

    package let kind: Kind
    private let key: OpaquePointer

    /// - Parameter bytes: 32, as of RFC 8032.
    package init?(ed25519 bytes: [UInt8]) {
        guard bytes.count == 32, let key = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, 32) else {
            return nil
        }
        kind = .ed25519
        unsafe self.key = key
    }

    /// The point at `x` and `y`, big-endian, 32 bytes each; nothing unless it is on the curve.
    package init?(p256 x: [UInt8], _ y: [UInt8]) {
        guard x.count == 32, y.count == 32 else { return nil }
        let algorithm = DER.sequence(DER.identifier(DER.ecPublicKey) + DER.identifier(DER.prime256v1))
        guard let key = unsafe PublicKey.read(DER.sequence(algorithm + DER.bits([4] + x + y))) else { return nil }
        kind = .p256
        unsafe self.key = key
    }

    /// - Parameters:
    ///   - modulus: Big-endian, 2048 to 8192 bits.
    ///   - exponent: Big-endian, odd, 3 to 2^32 - 1.
    package init?(rsa modulus: [UInt8], exponent: [UInt8]) {
        let modulus = Array(modulus.drop { $0 == 0 })
        let exponent = Array(exponent.drop { $0 == 0 })
        guard let top = modulus.first, (2_048...8_192).contains(modulus.count * 8 - top.leadingZeroBitCount),
            (1...4).contains(exponent.count), let last = exponent.last, last & 1 == 1, exponent != [1]
        else { return nil }
        let numbers = DER.sequence(DER.unsigned(modulus) + DER.unsigned(exponent))
        let algorithm = DER.sequence(DER.identifier(DER.rsaEncryption) + DER.null)
        guard let key = unsafe PublicKey.read(DER.sequence(algorithm + DER.bits(numbers))) else { return nil }
        kind = .rsa
        unsafe self.key = key
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// Whether `signature` is this key's over `message`.
    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        var signature = signature
        switch kind {
        case .ed25519: guard signature.count == 64 else { return false }
        case .p256:
            guard signature.count == 64 else { return false }
            signature = DER.sequence(
                DER.unsigned(Array(signature[..<32])) + DER.unsigned(Array(signature[32...])))
        case .rsa: guard !signature.isEmpty else { return false }
        }
        let context = unsafe EVP_MD_CTX_new()
        defer {
            unsafe EVP_MD_CTX_free(context)
            // A signature that is not one leaves a line in the thread's queue, which libpq's TLS reads.
            ERR_clear_error()
        }
        let digest = unsafe kind == .ed25519 ? nil : EVP_sha256()
        return unsafe EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// The key of a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7).
    private static func read(_ info: [UInt8]) -> OpaquePointer? {
        defer { ERR_clear_error() }
        return unsafe info.withUnsafeBufferPointer { info in
            var position = info.baseAddress
            return unsafe d2i_PUBKEY(nil, &position, info.count)
        }
    }
}
