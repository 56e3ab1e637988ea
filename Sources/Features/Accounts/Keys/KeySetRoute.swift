internal import FeatureKit
internal import HTTP
internal import Wire

extension Route {
    /// `GET /.well-known/jwks.json`: what access tokens are checked with, for an app's own servers.
    static func keySet(of keyring: SigningKeyring) -> Route {
        Route(
            .get, "/.well-known/jwks.json", operationID: "getSigningKeys",
            summary: "The keys that access tokens are checked with",
            description: """
                A JSON Web Key Set (RFC 7517). Keys are in it a day before they sign anything; whoever finds a `kid` that is \
                not there should ask again, not more often than every few seconds.
                """,
            tag: AccountsFeature.tag, callers: .anyone,
            responses: [
                RouteResponse(
                    .ok, "The keys",
                    .object([
                        .required(
                            "keys",
                            .array(
                                of: .object([
                                    .required("kty", .string(), "`OKP`"), .required("crv", .string(), "`Ed25519`"),
                                    .required("x", .string(), "The key, base64url"), .required("kid", .string()),
                                    .required("use", .string(), "`sig`"), .required("alg", .string(), "`EdDSA`"),
                                ])))
                    ]))
            ],
            handler: .later { _ in
                let set = await keyring.publishedKeys()
                var response = HTTPResponse(.ok, contentType: .json, body: JSONWriter.bytes { $0.value(set) })
                response.headers.append("Cache-Control", "public, max-age=300")
                return response
            })
    }
}
