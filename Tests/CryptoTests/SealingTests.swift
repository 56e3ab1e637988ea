import Crypto
import Testing

@Suite struct `Sealed secrets` {
    private let secret = Array("a secret".utf8)

    @Test func `what was sealed opens, with the same key and for the same context alone`() throws {
        let key = try #require(SealingKey(SecureRandom.bytes(32)))
        let sealed = key.seal(secret, for: [1, 2])
        #expect(key.open(sealed, for: [1, 2]) == secret)
        #expect(key.open(sealed, for: [1]) == nil)
        #expect(key.open(sealed, for: []) == nil)
        #expect(SealingKey(SecureRandom.bytes(32))?.open(sealed, for: [1, 2]) == nil)
        #expect(key.derived(for: "something").open(sealed, for: [1, 2]) == nil)
    }

    @Test(arguments: [[], [7], [UInt8](repeating: 9, count: 1_000)])
    func `any length comes back`(secret: [UInt8]) throws {
        let key = try #require(SealingKey(SecureRandom.bytes(32)))
        let sealed = key.seal(secret, for: [])
        #expect(sealed.count == secret.count + 28)
        #expect(key.open(sealed, for: []) == secret)
    }

    @Test func `with any bit changed, or cut, it does not open`() throws {
        let key = try #require(SealingKey(SecureRandom.bytes(32)))
        let sealed = key.seal(secret, for: [])
        for bit in 0..<sealed.count * 8 {
            var changed = sealed
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(key.open(changed, for: []) == nil)
        }
        for length in 0..<sealed.count { #expect(key.open(Array(sealed.prefix(length)), for: []) == nil) }
    }

    @Test func `one secret sealed twice looks different`() throws {
        let key = try #require(SealingKey(SecureRandom.bytes(32)))
        #expect(key.seal(secret, for: []) != key.seal(secret, for: []))
    }

    /// NIST's GCM test vector for a 256-bit key of zeros (test case 14 of the GCM specification).
    @Test func `it is AES-256-GCM`() throws {
        let key = try #require(SealingKey([UInt8](repeating: 0, count: 32)))
        let sealed =
            [UInt8](repeating: 0, count: 12)
            + (try #require(Hexadecimal.decode("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")))
        #expect(key.open(sealed, for: []) == [UInt8](repeating: 0, count: 16))
    }

    @Test(arguments: [0, 16, 31, 33]) func `a key has 32 bytes`(count: Int) {
        #expect(SealingKey([UInt8](repeating: 1, count: count)) == nil)
    }
}
