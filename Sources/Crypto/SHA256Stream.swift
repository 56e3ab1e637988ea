internal import COpenSSL

/// SHA-256 of what comes piece by piece.
@safe package struct SHA256Stream: ~Copyable {
    private let context: OpaquePointer

    package init() {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("no memory for a digest") }
        unsafe self.context = unsafe context
        precondition(unsafe EVP_DigestInit_ex2(context, EVP_sha256(), nil) == 1, "OpenSSL could not hash")
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    package mutating func update(_ bytes: ArraySlice<UInt8>) {
        let done = unsafe bytes.withUnsafeBytes { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        precondition(done == 1, "OpenSSL could not hash")
    }

    /// The 32 bytes of the digest of everything so far; nothing may follow.
    package consuming func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        precondition(unsafe EVP_DigestFinal_ex(context, &digest, nil) == 1, "OpenSSL could not hash")
        return digest
    }
}
