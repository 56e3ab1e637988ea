import Crypto
import Testing

@Suite struct `Digests are those of the standards` {
    @Test func `SHA-1 of RFC 3174's first example`() {
        #expect(Hexadecimal.encode(SHA1.hash(Array("abc".utf8))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    }

    @Test func `SHA-1 and base64 give the accept value of RFC 6455's example`() {
        let key = "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        #expect(Base64.standard.encode(SHA1.hash(Array(key.utf8))) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `SHA-256 of FIPS 180-4's examples`(text: String, digest: String) {
        #expect(Hexadecimal.encode(SHA256.hash(Array(text.utf8))) == digest)
    }

    @Test func `a part of an array is hashed in place`() {
        let bytes = Array("xxabcxx".utf8)
        #expect(SHA256.hash(bytes.span.extracting(2..<5).bytes) == SHA256.hash(Array("abc".utf8)))
        #expect(SHA1.hash(bytes.span.extracting(2..<5).bytes) == SHA1.hash(Array("abc".utf8)))
    }
}
