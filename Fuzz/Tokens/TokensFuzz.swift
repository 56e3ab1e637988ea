import Crypto
import Model
import Tokens
import Wire

private let key = Ed25519PrivateKey.generate()
private let tokens = AccessTokens(
    issuer: "fuzz", lifetime: .seconds(900),
    keys: TokenKeys(.init(signing: ("k1", key), verifying: ["k1": key.publicKey])))
private let now = Timestamp(milliseconds: 1_790_000_000_000)

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
    let text = String(decoding: bytes, as: UTF8.self)
    // Whoever has not the key makes no token.
    precondition((try? tokens.verify(text, at: now)) == nil, "a forged token")
    checkParts(text)
    checkSigned(bytes)
    if let value = try? JSONValue(bytes) { _ = PublishedKey.set(value) }
    return 0
}

/// Whatever is read has one way of being written, and nothing but its three parts.
private func checkParts(_ text: String) {
    for takingMore in [false, true] {
        guard let parts = try? CompactSignature(text, limit: 4_096, takingMoreHeaders: takingMore) else { continue }
        precondition(text.utf8.count <= 4_096, "too long")
        let pieces = text.split(separator: ".", omittingEmptySubsequences: false)
        precondition(pieces.count == 3, "not three parts")
        for piece in pieces {
            guard let decoded = Base64.url.decode(piece) else { preconditionFailure("no base64url") }
            precondition(Base64.url.encode(decoded) == piece, "not its canonical form")
        }
        precondition(!parts.isSigned(by: key.publicKey), "a forged signature")
    }
}

/// Claims of any kind, rightly signed, are read or refused and never trap; what is read names the hub.
private func checkSigned(_ payload: [UInt8]) {
    let header = Array(#"{"alg":"EdDSA","kid":"k1","typ":"at+jwt"}"#.utf8)
    let signed = Base64.url.encode(header) + "." + Base64.url.encode(payload)
    let text = signed + "." + Base64.url.encode(key.sign(Array(signed.utf8)))
    guard let claims = try? tokens.verify(text, at: now) else { return }
    precondition(now < claims.expiresAt, "an expired token")
    precondition((try? JSONValue(payload))?["aud"]?.string == AccessTokens.audience, "another's token")
}
