internal import COpenSSL

/// Message authentication by a shared key (RFC 2104).
package enum HMAC {
    /// 32 bytes.
    package static func sha256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        unsafe code(message, key: key, size: 32, with: EVP_sha256())
    }

    /// 20 bytes. For one-time passwords (RFC 4226), which prescribe it; keyed, SHA-1 still holds.
    package static func sha1(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        unsafe code(message, key: key, size: 20, with: EVP_sha1())
    }

    private static func code(
        _ message: [UInt8], key: [UInt8], size: Int, with digest: OpaquePointer?
    ) -> [UInt8] {
        // An empty array may have no address, which OpenSSL would take for "the key of the last time".
        let key = key.isEmpty ? [0] : key
        return unsafe [UInt8](unsafeUninitializedCapacity: size) { output, count in
            var length: UInt32 = 0
            let done = unsafe COpenSSL.HMAC(
                digest, key, Int32(key.count), message, message.count, output.baseAddress, &length)
            precondition(unsafe done != nil && Int(length) == size, "OpenSSL could not authenticate")
            count = size
        }
    }
}
