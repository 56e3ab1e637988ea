internal import CPostgres
internal import Glibc

extension PostgresURL {
    /// The variables by which libpq's programs find the same server. Unlike a command line, other users cannot read them.
    /// What the URL does not say they have from this process's environment, as libpq has here.
    var environment: [String: String] {
        guard let options = unsafe PQconninfoParse(text, nil) else { return [:] }
        defer { unsafe PQconninfoFree(options) }
        var variables: [String: String] = [:]
        for name in ["HOME", "PGPASSFILE", "PGSERVICEFILE", "PGSYSCONFDIR"] {
            if let value = unsafe getenv(name) { variables[name] = unsafe String(cString: value) }
        }
        var option = unsafe options
        while unsafe option.pointee.keyword != nil {
            if let name = unsafe option.pointee.envvar, let value = unsafe option.pointee.val ?? getenv(name) {
                unsafe variables[String(cString: name)] = unsafe String(cString: value)
            }
            unsafe option += 1
        }
        return variables
    }
}
