internal import Configuration
internal import Model
internal import TLS

/// Whether the TLS certificate can be used, and for how long.
enum CertificateChecks {
    private static let check = "tls.certificate"

    /// Reads both files. Blocks briefly.
    static func findings(_ server: ServerConfiguration, at now: Timestamp) -> [Finding] {
        guard server.usesTLS else { return [] }
        do throws(TLSError) {
            let context = try TLSContext.server(certificateFile: server.tlsCertificate, keyFile: server.tlsKey)
            guard let validity = context.validity else { return [] }
            return [finding(validity, at: now)]
        } catch {
            return [
                .error(
                    check, "\(error)", means: "The hub does not start, and does not take the pair over on SIGHUP.",
                    do: "Name a PEM file with the certificate and its intermediates, and the key that belongs to it, "
                        + "readable by the hub's user and without a pass phrase.")
            ]
        }
    }

    static func finding(_ validity: CertificateValidity, at now: Timestamp) -> Finding {
        let seconds = now.milliseconds / 1000
        let days = (validity.notAfter - seconds) / 86_400
        let renew = "Renew it, then send the hub SIGHUP (systemctl reload presence-hub)."
        if seconds < validity.notBefore {
            return .error(
                check, "it counts from a later moment on", means: "Clients refuse it.",
                do: "Check this machine's clock, or wait.")
        }
        if validity.notAfter <= seconds {
            return .error(check, "it has expired", means: "Clients refuse it.", do: renew)
        }
        if days < 14 {
            return .warning(check, "it expires in \(days) days", means: "Clients refuse it from then on.", do: renew)
        }
        return .ok(check, "it fits its key and expires in \(days) days")
    }
}
