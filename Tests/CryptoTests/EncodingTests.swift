import Crypto
import Testing

@Suite struct `Bytes and their text forms` {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `base64 of RFC 4648's examples`(plain: String, encoded: String) {
        #expect(Base64.standard.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.standard.decode(encoded) == Array(plain.utf8))
        let unpadded = String(encoded.prefix { $0 != "=" })
        #expect(Base64.url.encode(Array(plain.utf8)) == unpadded)
        #expect(Base64.url.decode(unpadded) == Array(plain.utf8))
    }

    @Test func `the alphabets differ in two characters`() {
        let bytes: [UInt8] = [0xFB, 0xEF, 0xFF]
        #expect(Base64.standard.encode(bytes) == "++//")
        #expect(Base64.url.encode(bytes) == "--__")
        #expect(Base64.standard.decode("--__") == nil)
        #expect(Base64.url.decode("++//") == nil)
    }

    @Test(arguments: [Base64.standard, .url]) func `every byte at every length comes back`(alphabet: Base64) {
        for length in 0...300 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ length) }
            #expect(alphabet.decode(alphabet.encode(bytes)) == bytes)
        }
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "=Zm9", "Zg==Zg==", "Zm9ä",
    ])
    func `anything but the one right text is no base64`(text: String) {
        #expect(Base64.standard.decode(text) == nil)
    }

    @Test(arguments: ["Z", "Zh", "Zm9", "Zg==", "Zm9v="]) func `base64url bears no padding and no spare bits`(
        text: String
    ) {
        #expect(Base64.url.decode(text) == nil)
    }

    @Test func `hexadecimal takes both cases and writes the lower`() {
        #expect(Hexadecimal.encode([0x00, 0x9A, 0xFF]) == "009aff")
        #expect(Hexadecimal.decode("009aFF") == [0x00, 0x9A, 0xFF])
        #expect(Hexadecimal.decode("") == [])
        for wrong in ["0", "0g", "0x00", " 00", "é0"] { #expect(Hexadecimal.decode(wrong) == nil) }
    }
}
