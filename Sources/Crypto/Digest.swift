internal import COpenSSL

/// A hash function of OpenSSL's, fetched once: a look-up by name costs more than hashing a short message.
@safe struct Digest: @unchecked Sendable {  // an EVP_MD is constant after the fetch and never freed
    static let sha1 = Digest("SHA1", size: 20)
    static let sha256 = Digest("SHA256", size: 32)

    private let algorithm: OpaquePointer
    private let size: Int

    private init(_ name: String, size: Int) {
        guard let algorithm = unsafe EVP_MD_fetch(nil, name, nil) else {
            preconditionFailure("OpenSSL is installed without \(name)")
        }
        unsafe self.algorithm = algorithm
        self.size = size
    }

    func hash(_ bytes: RawSpan) -> [UInt8] {
        unsafe bytes.withUnsafeBytes { input in
            unsafe [UInt8](unsafeUninitializedCapacity: size) { output, count in
                let done = unsafe EVP_Digest(input.baseAddress, input.count, output.baseAddress, nil, algorithm, nil)
                precondition(done == 1, "OpenSSL could not hash")
                count = size
            }
        }
    }
}
