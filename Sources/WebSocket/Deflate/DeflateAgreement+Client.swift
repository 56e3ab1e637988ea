extension DeflateAgreement {
    /// The offer a client makes.
    static func offer(_ options: DeflateOptions) -> String {
        var header = extensionName
        if options.serverNoContextTakeover { header += "; server_no_context_takeover" }
        if options.clientNoContextTakeover { header += "; client_no_context_takeover" }
        if options.serverMaxWindowBits < 15 { header += "; server_max_window_bits=\(options.serverMaxWindowBits)" }
        // Without a value it says that the server may choose one.
        header += "; client_max_window_bits"
        if options.clientMaxWindowBits < 15 { header += "=\(options.clientMaxWindowBits)" }
        return header
    }

    /// What a server's answer to ``offer(_:)`` means; nil if it is none the offer allows, which fails the connection.
    init?(_ answer: ExtensionOffer, to options: DeflateOptions) {
        guard answer.name == Self.extensionName,
            let given = Parameters(answer, windowBitsMayBeMissing: false)
        else { return nil }
        if options.serverNoContextTakeover, !given.serverNoContextTakeover { return nil }
        if options.serverMaxWindowBits < 15 {
            guard let bits = given.serverMaxWindowBits, bits <= options.serverMaxWindowBits else { return nil }
        }
        serverNoContextTakeover = given.serverNoContextTakeover
        // A client may promise more than it was asked for, and keeps its own promise either way.
        clientNoContextTakeover = given.clientNoContextTakeover || options.clientNoContextTakeover
        serverMaxWindowBits = given.serverMaxWindowBits ?? 15
        clientMaxWindowBits = min(given.clientMaxWindowBits ?? 15, options.clientMaxWindowBits)
    }
}
