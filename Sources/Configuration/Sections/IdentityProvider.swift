/// Who else may say who somebody is: an OpenID Connect provider, as a file of the operator's describes it.
package struct IdentityProvider: Equatable, Sendable {
    /// Of the file's table, and of the routes: lower-case letters, digits, `_` and `-`, at most 50.
    package var name: String
    /// What people see on the button.
    package var title: String
    /// As the provider's discovery document names itself; an `https` URL, or `http` on this machine.
    package var issuer: String
    package var clientID: String
    /// Nothing for a public client, which PKCE alone protects.
    package var clientSecret: Secret?
    package var scopes = ["openid", "email", "profile"]
    /// Where it may send people back to; compared byte by byte.
    package var redirectURIs: [String]

    package init(name: String, title: String, issuer: String, clientID: String, redirectURIs: [String]) {
        self.name = name
        self.title = title
        self.issuer = issuer
        self.clientID = clientID
        self.redirectURIs = redirectURIs
    }

    /// The providers that a TOML file names, one a table, in the order of their names.
    ///
    /// - Parameter path: Empty for none.
    package static func load(path: String) throws(IdentityProviderError) -> [IdentityProvider] {
        guard !path.isEmpty else { return [] }
        let file: TOMLFile
        do throws(ConfigurationProblem) {
            file = try TOMLFile(path: path)
        } catch {
            throw IdentityProviderError(reason: "\(error)")
        }
        var tables: [String: [String: RawValue]] = [:]
        for leaf in file.leaves {
            let parts = leaf.path.split(separator: ".", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw IdentityProviderError(reason: "\(path): \(leaf.path) is in no table") }
            tables[parts[0], default: [:]][parts[1]] = leaf.value
        }
        var providers: [IdentityProvider] = []
        for name in tables.keys.sorted() { providers.append(try read(name, tables[name] ?? [:], path)) }
        return providers
    }

    private static func read(
        _ name: String, _ table: [String: RawValue], _ path: String
    ) throws(IdentityProviderError) -> IdentityProvider {
        func fault(_ key: String, _ what: String) -> IdentityProviderError {
            IdentityProviderError(reason: "\(path): \(name).\(key) \(what)")
        }
        guard name.wholeMatch(of: /[a-z0-9_\-]{1,50}/) != nil, name != "local" else {
            throw IdentityProviderError(reason: "\(path): \(name) is no name for a provider")
        }
        let known = ["title", "issuer", "client_id", "client_secret", "scopes", "redirect_uris"]
        if let unknown = table.keys.sorted().first(where: { !known.contains($0) }) {
            throw fault(unknown, "is unknown")
        }
        guard let issuer = table["issuer"]?.string, isProviderURL(issuer) else {
            throw fault("issuer", "must be an https URL")
        }
        guard let clientID = table["client_id"]?.string, !clientID.isEmpty else {
            throw fault("client_id", "must be a string")
        }
        guard let redirectURIs = table["redirect_uris"]?.strings, !redirectURIs.isEmpty,
            redirectURIs.allSatisfy({ $0.contains(":") && (1...2_000).contains($0.utf8.count) })
        else { throw fault("redirect_uris", "must be a list of URIs") }
        var provider = IdentityProvider(
            name: name, title: table["title"]?.string ?? name, issuer: issuer, clientID: clientID,
            redirectURIs: redirectURIs)
        if let secret = table["client_secret"] {
            guard let text = secret.string, !text.isEmpty else { throw fault("client_secret", "must be a string") }
            provider.clientSecret = Secret(text)
        }
        if let scopes = table["scopes"] {
            guard let list = scopes.strings, list.contains("openid"), list.allSatisfy(isScope) else {
                throw fault("scopes", "must be a list of scopes, openid among them")
            }
            provider.scopes = list
        }
        return provider
    }
}

/// Why the providers' file cannot be used: one line for the operator, without a secret.
package struct IdentityProviderError: Error, Hashable, Sendable, CustomStringConvertible {
    package let reason: String
    package var description: String { reason }
}

/// `https`, or `http` where nobody can listen in between: on this machine.
@Sendable package func isProviderURL(_ text: String) -> Bool {
    isHTTPURL(text)
        && (text.hasPrefix("https://")
            || text.wholeMatch(of: /http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/.*)?/) != nil)
}

/// RFC 6749, section 3.3.
private func isScope(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
}
