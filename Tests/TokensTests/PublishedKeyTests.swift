import Crypto
import Testing
import Tokens
import Wire

@Suite struct `Published keys` {
    private static let p256 = #"""
        {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
         "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
        """#

    private func key(_ text: String) throws -> PublishedKey? { PublishedKey(try JSONValue(Array(text.utf8))) }

    /// RFC 8037, appendices A.2 and A.4.
    @Test func `RFC 8037's key verifies RFC 8037's signature`() throws {
        let published = try #require(
            try key(#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#))
        let signed = Array("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".utf8)
        let signature = try #require(
            Base64.url.decode("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"))
        #expect(published.key.verifies(signature, of: signed))
        #expect(!published.key.verifies(signature, of: signed + [0]))
    }

    @Test func `an Ed25519 key of the hub's reads as it was described`() throws {
        let own = Ed25519PrivateKey.generate()
        let description = PublishedKey.describe(ed25519: own.publicBytes, id: "k1")
        let published = try #require(PublishedKey(description))
        #expect(published.id == "k1")
        #expect(published.key.verifies(own.sign([1, 2]), of: [1, 2]))
        #expect(description["d"] == nil)
    }

    @Test func `a key for ECDSA is taken`() throws {
        #expect(try key(Self.p256)?.key.kind == .p256)
    }

    @Test(arguments: [
        #""use":"enc""#, #""alg":"RS256""#, #""alg":"EdDSA""#, #""kid":7"#, #""key_ops":["sign"]"#,
    ])
    func `a key for something else is left out`(member: String) throws {
        #expect(try key(Self.p256.replacing("{", with: "{\(member),")) == nil)
    }

    @Test(arguments: [
        "{}", "[]", #"{"kty":"oct","k":"AAAA"}"#,
        #"{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        #"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#, #"{"kty":"OKP","crv":"Ed25519"}"#,
        #"{"kty":"RSA","n":"AAAA","e":"AQAB"}"#,
        #"{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}"#,
    ])
    func `what is no key of a known kind is left out`(text: String) throws {
        #expect(try key(text) == nil)
    }

    @Test func `a set keeps the keys the hub can use`() throws {
        let text = #"{"keys":[\#(Self.p256),{"kty":"oct"},{"kty":"future"}]}"#
        #expect(PublishedKey.set(try JSONValue(Array(text.utf8)))?.count == 1)
        #expect(PublishedKey.set(try JSONValue(Array("{}".utf8))) == nil)
    }
}
