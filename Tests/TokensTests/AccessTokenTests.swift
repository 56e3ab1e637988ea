import Crypto
import Model
import Testing
import Tokens
import Wire

@Suite struct `Access tokens` {
    private let key = Ed25519PrivateKey.generate()
    private let now = Timestamp(milliseconds: 1_790_000_000_500)
    private let user = UserID(UniqueID(high: 1, low: 2))
    private let signIn = SignInID(UniqueID(high: 3, low: 4))

    private var tokens: AccessTokens {
        AccessTokens(
            issuer: "https://hub.example", lifetime: .seconds(900),
            keys: TokenKeys(.init(signing: ("k1", key), verifying: ["k1": key.publicKey])))
    }

    private func fault(_ token: String, at moment: Timestamp? = nil) -> TokenFault? {
        do throws(TokenFault) {
            _ = try tokens.verify(token, at: moment ?? now)
            return nil
        } catch {
            return error
        }
    }

    /// A token of these texts, signed with the hub's key.
    private func forged(
        header: String = #"{"alg":"EdDSA","kid":"k1","typ":"at+jwt"}"#, payload: String? = nil,
        by signer: Ed25519PrivateKey? = nil
    ) -> String {
        let signed = Base64.url.encode(Array(header.utf8)) + "." + Base64.url.encode(Array((payload ?? claims()).utf8))
        return signed + "." + Base64.url.encode((signer ?? key).sign(Array(signed.utf8)))
    }

    private func claims(_ changes: [String: String?] = [:]) -> String {
        var members = [
            "iss": #""https://hub.example""#, "aud": #""presence-hub""#, "sub": "\"\(user)\"", "sid": "\"\(signIn)\"",
            "ver": "3", "iat": "1790000000", "exp": "1790000900", "jti": "\"\(UniqueID(high: 5, low: 6))\"",
        ]
        for (name, value) in changes { members[name] = value }
        return "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }

    @Test func `what was issued verifies and says the same`() throws {
        let issued = try tokens.issue(user: user, signIn: signIn, version: 3, at: now)
        let claims = try tokens.verify(issued.text, at: now)
        #expect(claims == issued.claims)
        #expect(claims.user == user)
        #expect(claims.signIn == signIn)
        #expect(claims.version == 3)
        #expect(claims.expiresAt == Timestamp(milliseconds: 1_790_000_900_000))
        #expect(issued.lifetime == .seconds(900))
        #expect(issued.text.utf8.count < 800)
        #expect(fault(forged()) == nil)
    }

    @Test func `two tokens have different identifiers`() throws {
        let first = try tokens.issue(user: user, signIn: signIn, version: 3, at: now)
        let second = try tokens.issue(user: user, signIn: signIn, version: 3, at: now)
        #expect(first.claims.id != second.claims.id)
    }

    @Test func `it expires at its second and not before`() {
        #expect(fault(forged(), at: Timestamp(milliseconds: 1_790_000_899_999)) == nil)
        #expect(fault(forged(), at: Timestamp(milliseconds: 1_790_000_900_000)) == .expired)
        #expect(fault(forged(), at: Timestamp(milliseconds: 1_790_000_901_000)) == .expired)
    }

    @Test func `one of another key is refused, also when it bears this one's name`() {
        #expect(fault(forged(by: .generate())) == .signature)
        #expect(fault(forged(header: #"{"alg":"EdDSA","kid":"k2","typ":"at+jwt"}"#)) == .unknownKey)
        #expect(fault(forged(header: #"{"alg":"EdDSA","typ":"at+jwt"}"#)) == .notForUs)
    }

    @Test(arguments: ["none", "None", "NONE", "", "HS256", "eddsa", "Ed25519", "HS512"])
    func `another algorithm is refused`(algorithm: String) {
        #expect(fault(forged(header: #"{"alg":"\#(algorithm)","kid":"k1","typ":"at+jwt"}"#)) == .algorithm)
    }

    @Test func `alg none without a signature is refused`() {
        let header = Base64.url.encode(Array(#"{"alg":"none","kid":"k1","typ":"at+jwt"}"#.utf8))
        #expect(fault(header + "." + Base64.url.encode(Array(claims().utf8)) + ".") == .algorithm)
    }

    @Test func `HS256 with the public key as the secret is refused`() {
        let signed =
            Base64.url.encode(Array(#"{"alg":"HS256","kid":"k1","typ":"at+jwt"}"#.utf8)) + "."
            + Base64.url.encode(Array(claims().utf8))
        let code = HMAC.sha256(Array(signed.utf8), key: key.publicBytes)
        #expect(fault(signed + "." + Base64.url.encode(code)) == .algorithm)
    }

    @Test(arguments: ["ES256", "RS256"])
    func `an algorithm of another kind of key is refused`(algorithm: String) {
        #expect(fault(forged(header: #"{"alg":"\#(algorithm)","kid":"k1","typ":"at+jwt"}"#)) == .algorithm)
    }

    @Test func `a type or an audience or an issuer that is not ours is refused`() {
        #expect(fault(forged(header: #"{"alg":"EdDSA","kid":"k1","typ":"JWT"}"#)) == .notForUs)
        #expect(fault(forged(header: #"{"alg":"EdDSA","kid":"k1"}"#)) == .notForUs)
        #expect(fault(forged(header: #"{"alg":"EdDSA","kid":"k1","typ":"application/at+jwt"}"#)) == nil)
        for wrong in [#""other""#, #"["presence-hub"]"#, "1", "null", nil] {
            #expect(fault(forged(payload: claims(["aud": wrong]))) == .notForUs)
        }
        for wrong in [#""https://hub.example/""#, #""https://HUB.example""#, nil] {
            #expect(fault(forged(payload: claims(["iss": wrong]))) == .notForUs)
        }
    }

    @Test(arguments: ["sub", "sid", "ver", "iat", "exp", "jti"])
    func `a claim that is missing or of another kind is refused`(name: String) {
        #expect(fault(forged(payload: claims([name: nil]))) == .malformed)
        #expect(fault(forged(payload: claims([name: "null"]))) == .malformed)
        #expect(fault(forged(payload: claims([name: "[1]"]))) == .malformed)
        #expect(fault(forged(payload: claims([name: #""x""#]))) == .malformed)
        #expect(fault(forged(payload: claims([name: "1e300"]))) == .malformed)
        #expect(fault(forged(payload: claims([name: "-1"]))) == (name == "ver" ? nil : .malformed))
    }

    @Test(arguments: [
        #"{"alg":"EdDSA","kid":"k1","typ":"at+jwt","crit":["exp"]}"#,
        #"{"alg":"EdDSA","kid":"k1","typ":"at+jwt","b64":false}"#,
        #"{"alg":"EdDSA","kid":"k1","typ":"at+jwt","jwk":{}}"#, #"{"alg":"EdDSA","kid":"k1","typ":"at+jwt","x":"y"}"#,
        #"{"alg":"EdDSA","alg":"EdDSA","kid":"k1","typ":"at+jwt"}"#,
        #"{"alg":"none","alg":"EdDSA","kid":"k1","typ":"at+jwt"}"#,
        #"{"alg":"EdDSA","kid":1,"typ":"at+jwt"}"#, #"{"alg":"EdDSA","kid":"","typ":"at+jwt"}"#, "[]", "null", "", "{",
        #"{"alg":"EdDSA","kid":"k1","typ":"at+jwt"}x"#, "\u{FEFF}{}",
    ])
    func `a header of another form is refused`(header: String) {
        #expect(fault(forged(header: header)) == .malformed)
    }

    @Test func `claims that are named twice are refused`() {
        let twice = claims().dropLast() + #","exp":9999999999}"#
        #expect(fault(forged(payload: String(twice))) == .malformed)
    }

    @Test func `more or fewer than three parts are refused`() {
        let token = forged()
        for wrong in [
            "", ".", "..", "...", token + ".", token + ".x", "." + token, String(token.prefix { $0 != "." }), "a.b",
            "a.b.c.d.e",
        ] {
            #expect(fault(wrong) == .malformed)
        }
    }

    @Test func `padding, white space and the other alphabet are refused`() {
        let token = forged()
        let parts = token.split(separator: ".").map(String.init)
        for index in 0..<3 {
            for change in ["=", "==", " ", "\n", "+", "/", "%"] {
                var changed = parts
                changed[index] += change
                #expect(fault(changed.joined(separator: ".")) == .malformed)
            }
        }
        #expect(fault(" " + token) == .malformed)
        #expect(fault(token + "\n") == .malformed)
    }

    @Test func `a last character with bits to spare is refused`() throws {
        // 64 bytes are 86 characters, the last of which has four bits that mean nothing.
        let token = forged()
        let last = try #require(token.last)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let place = try #require(alphabet.firstIndex(of: last))
        #expect(place % 16 == 0)
        for spare in 1..<16 { #expect(fault(token.dropLast() + String(alphabet[place + spare])) == .malformed) }
    }

    @Test func `no character may be changed`() {
        let token = Array(forged().utf8)
        for index in token.indices {
            var changed = token
            changed[index] = token[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(fault(String(decoding: changed, as: UTF8.self)) != nil)
        }
    }

    @Test func `4,097 bytes are refused unread`() {
        let long = forged(payload: claims(["x": "\"" + String(repeating: "x", count: 4_000) + "\""]))
        #expect(fault(long) == .malformed)
        #expect(fault(String(repeating: "a", count: 1 << 20)) == .malformed)
        #expect(fault(forged(payload: String(repeating: "[", count: 2_000))) == .malformed)
    }

    @Test func `without a key nothing is issued and nothing verifies`() {
        let tokens = AccessTokens(issuer: "https://hub.example", lifetime: .seconds(900), keys: TokenKeys())
        #expect(throws: NoSigningKey.self) { try tokens.issue(user: user, signIn: signIn, version: 1, at: now) }
        #expect(throws: TokenFault.unknownKey) { try tokens.verify(forged(), at: now) }
    }

    @Test func `the keys can be exchanged while they are used`() throws {
        let next = Ed25519PrivateKey.generate()
        let keys = TokenKeys(.init(signing: ("k1", key), verifying: ["k1": key.publicKey]))
        let tokens = AccessTokens(issuer: "https://hub.example", lifetime: .seconds(900), keys: keys)
        let old = try tokens.issue(user: user, signIn: signIn, version: 1, at: now).text
        keys.replace(with: .init(signing: ("k2", next), verifying: ["k1": key.publicKey, "k2": next.publicKey]))
        let new = try tokens.issue(user: user, signIn: signIn, version: 1, at: now).text
        _ = try tokens.verify(old, at: now)
        _ = try tokens.verify(new, at: now)
        keys.replace(with: .init(signing: ("k2", next), verifying: ["k2": next.publicKey]))
        #expect(throws: TokenFault.unknownKey) { try tokens.verify(old, at: now) }
    }
}
