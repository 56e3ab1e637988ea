import Crypto
import Testing

@Suite struct `Secrets` {
    @Test func `a key is pm_ and 45 characters of base64url`() {
        let secret = APIKeySecret.generate()
        #expect(secret.text.wholeMatch(of: /pm_[A-Za-z0-9_-]{45}/) != nil)
        #expect(secret.prefix == String(secret.text.prefix(8)))
        #expect(APIKeySecret(secret.text)?.hash == secret.hash)
    }

    @Test func `every character of a key is random`() {
        let keys = (0..<200).map { _ in Array(APIKeySecret.generate().text) }
        for position in 3..<48 {
            #expect(Set(keys.map { $0[position] }).count > 30, "position \(position)")
        }
    }

    @Test func `the hash is the SHA-256 of the whole text`() throws {
        let secret = try #require(APIKeySecret("pm_" + String(repeating: "A", count: 45)))
        #expect(Hexadecimal.encode(secret.hash) == "12c55cde9665dc433ea97606396893d095aa8371f2b768c795ad1e36cce8f71c")
        #expect(secret.prefix == "pm_AAAAA")
    }

    @Test(arguments: [
        "", "pm_", "pm_short", "PM_" + String(repeating: "A", count: 45), "pm_" + String(repeating: "A", count: 44),
        "pm_" + String(repeating: "A", count: 46), "pm_" + String(repeating: "+", count: 45),
        "pm_" + String(repeating: "A", count: 44) + "\n",
    ])
    func `other texts are no keys`(text: String) {
        #expect(APIKeySecret(text) == nil)
    }

    @Test func `a key shows itself only when asked for its text`() {
        let secret = APIKeySecret.generate()
        var dumped = ""
        dump(secret, to: &dumped)
        for shown in ["\(secret)", String(reflecting: secret), dumped] {
            #expect(!shown.contains(secret.text.dropFirst(8)))
            #expect(shown.contains(secret.prefix))
        }
    }

    @Test func `randomness has the length asked for and does not repeat`() {
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(SecureRandom.bytes(33).count == 33)
        #expect(Set((0..<100).map { _ in SecureRandom.bytes(16) }).count == 100)
    }

    @Test func `secrets are equal when every byte is`() {
        #expect(constantTimeEquals([], []))
        #expect(constantTimeEquals([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEquals([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEquals([1, 2, 3], [1, 2]))
        #expect(!constantTimeEquals([], [0]))
    }
}
