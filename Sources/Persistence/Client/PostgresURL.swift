internal import CPostgres

/// Where an external Postgres is (`HUB__DATABASE__URL`): `postgres://user:password@host:port/database?sslmode=…`, or
/// keywords and values (`host=… dbname=…`); understood by libpq itself.
package struct PostgresURL: Hashable, Sendable, CustomStringConvertible {
    /// Passed to libpq as it is; holds the password.
    package let text: String

    package init(_ text: String) throws(PostgresURLError) {
        guard PostgresURL.isURI(text) || (text.contains("=") && !text.contains("://")) else { throw .scheme }
        guard !text.utf8.contains(0) else { throw .malformed("it contains a NUL") }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = unsafe PQconninfoParse(text, &message) else {
            defer { unsafe PQfreemem(message) }
            throw .malformed(PostgresURLError.redacted(unsafe message.map { unsafe String(cString: $0) } ?? ""))
        }
        unsafe PQconninfoFree(options)
        self.text = text
    }

    private static func isURI(_ text: String) -> Bool {
        text.hasPrefix("postgres://") || text.hasPrefix("postgresql://")
    }

    /// Without user and password: the part after the last `@`, without its query. Of keywords and values nothing is told.
    package var description: String {
        guard PostgresURL.isURI(text) else { return "Postgres" }
        let afterScheme = text[
            text.index(after: text.lastIndex(of: "@") ?? text.firstIndex(of: "/") ?? text.startIndex)...]
        return "postgres://" + afterScheme.drop { $0 == "/" }.prefix { $0 != "?" }
    }
}

/// What is wrong with a database URL, in one line that never repeats the URL's own text.
package enum PostgresURLError: Error, Hashable, Sendable, CustomStringConvertible {
    case scheme
    /// What libpq says, with everything quoted left out.
    case malformed(String)

    package var description: String {
        switch self {
        case .scheme: "the database URL must begin with postgres:// or postgresql://"
        case .malformed(let reason): "the database URL is malformed: \(reason)"
        }
    }

    /// libpq quotes what it could not parse, which may be a password.
    static func redacted(_ message: String) -> String {
        var result = ""
        var isQuoted = false
        for character in message where character != "\n" {
            if character == "\"" {
                if !isQuoted { result += "…" }
                isQuoted.toggle()
            } else if !isQuoted {
                result.append(character)
            }
        }
        return result
    }
}
