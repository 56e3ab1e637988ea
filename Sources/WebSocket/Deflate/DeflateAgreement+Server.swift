extension DeflateAgreement {
    /// What the server answers, and whether it has to name the windows.
    struct Answer: Equatable {
        var agreement: DeflateAgreement
        var header: String
    }

    /// Answers the first of a client's offers that can be met; nil declines them all.
    static func answer(_ offers: [ExtensionOffer], options: DeflateOptions) -> Answer? {
        for offer in offers where offer.name == extensionName {
            if let answer = answer(offer, options: options) { return answer }
        }
        return nil
    }

    private static func answer(_ offer: ExtensionOffer, options: DeflateOptions) -> Answer? {
        guard let request = Parameters(offer, windowBitsMayBeMissing: true),
            request.serverMaxWindowBits ?? 15 >= options.leastServerWindowBits
        else { return nil }
        var agreement = DeflateAgreement()
        var header = extensionName
        if request.serverNoContextTakeover || options.serverNoContextTakeover {
            agreement.serverNoContextTakeover = true
            header += "; server_no_context_takeover"
        }
        if request.clientNoContextTakeover || options.clientNoContextTakeover {
            agreement.clientNoContextTakeover = true
            header += "; client_no_context_takeover"
        }
        agreement.serverMaxWindowBits = min(request.serverMaxWindowBits ?? 15, options.serverMaxWindowBits)
        // Nobody has to be told of a window that is smaller than it could be, and some clients fail on the parameter if
        // they did not offer it.
        if request.serverMaxWindowBits != nil {
            header += "; server_max_window_bits=\(agreement.serverMaxWindowBits)"
        }
        // Only a client that says it knows the parameter may be given it; another uses what it likes (7.1.2.2).
        if request.offersClientMaxWindowBits {
            agreement.clientMaxWindowBits = min(request.clientMaxWindowBits ?? 15, options.clientMaxWindowBits)
            if agreement.clientMaxWindowBits < 15 {
                header += "; client_max_window_bits=\(agreement.clientMaxWindowBits)"
            }
        }
        return Answer(agreement: agreement, header: header)
    }

    /// The parameters of one element, checked: none unknown, none twice, every value in range.
    struct Parameters: Equatable {
        var serverNoContextTakeover = false
        var clientNoContextTakeover = false
        var serverMaxWindowBits: Int?
        var clientMaxWindowBits: Int?
        var offersClientMaxWindowBits = false

        /// - Parameter windowBitsMayBeMissing: Whether `client_max_window_bits` may stand without a value, as in an offer.
        init?(_ element: ExtensionOffer, windowBitsMayBeMissing: Bool) {
            var seen: Set<String> = []
            for parameter in element.parameters {
                guard seen.insert(parameter.name).inserted else { return nil }
                switch (parameter.name, parameter.value) {
                case ("server_no_context_takeover", nil): serverNoContextTakeover = true
                case ("client_no_context_takeover", nil): clientNoContextTakeover = true
                case ("server_max_window_bits", let value?):
                    guard let bits = Self.windowBits(value) else { return nil }
                    serverMaxWindowBits = bits
                case ("client_max_window_bits", let value):
                    offersClientMaxWindowBits = true
                    if value == nil, windowBitsMayBeMissing { continue }
                    guard let value, let bits = Self.windowBits(value) else { return nil }
                    clientMaxWindowBits = bits
                default: return nil
                }
            }
        }

        /// 8…15, without leading zeros.
        private static func windowBits(_ text: String) -> Int? {
            guard let bits = Int(text), (8...15).contains(bits), String(bits) == text else { return nil }
            return bits
        }
    }
}
