internal import Crypto
internal import FeatureKit
internal import HTTP
internal import Wire

/// Where apps put the token: as the password of HTTP's basic authentication (RFC 7617), whatever the name beside it, in a
/// parameter of their own, or, if OwnTracks has neither, as its device in `X-Limit-D`.
enum PhoneCredentials {
    /// - Parameter others: What the app's own format may hold it in.
    /// - Returns: The first that has a token's form.
    static func token(in headers: HTTPHeaders, or others: [String]) -> PhoneToken? {
        let candidates = [password(in: headers)].compactMap(\.self) + others + [headers["X-Limit-D"]].compactMap(\.self)
        for candidate in candidates { if let token = PhoneToken(candidate) { return token } }
        return nil
    }

    /// The password of `Authorization: Basic`.
    static func password(in headers: HTTPHeaders) -> String? {
        guard let field = headers["Authorization"] else { return nil }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let bytes = Base64.standard.decode(parts[1]),
            let text = String(validating: bytes, as: UTF8.self), let colon = text.utf8.firstIndex(of: 0x3a)
        else { return nil }
        return String(text[text.index(after: colon)...])
    }

    static var refusal: Problem {
        var problem = Problem(.unauthorized, "Missing or unknown token of a phone app")
        problem.challenges = [#"Basic realm="presence-hub", charset="UTF-8""#]
        return problem
    }
}
