/// One element of `Sec-WebSocket-Extensions` (RFC 6455, 9.1).
struct ExtensionOffer: Equatable {
    struct Parameter: Equatable {
        var name: String
        /// Without its quotes, if it had them; nil if there was no `=`.
        var value: String?
    }

    var name: String
    var parameters: [Parameter] = []

    /// Reads the header's value; several header lines are joined by commas first.
    ///
    /// - Returns: nil if it does not follow the grammar.
    static func list(_ value: String) -> [ExtensionOffer]? {
        var scanner = HeaderScanner(value)
        var offers: [ExtensionOffer] = []
        repeat {
            scanner.skipSpace()
            // An empty element of a list is passed over (RFC 9110, 5.6.1.2).
            if scanner.isAtEnd || scanner.peek == UInt8(ascii: ",") { continue }
            guard let name = scanner.token() else { return nil }
            var offer = ExtensionOffer(name: name)
            while scanner.take(UInt8(ascii: ";")) {
                guard let parameter = scanner.token() else { return nil }
                var value: String?
                if scanner.take(UInt8(ascii: "=")) {
                    guard let text = scanner.tokenOrQuoted() else { return nil }
                    value = text
                }
                offer.parameters.append(Parameter(name: parameter, value: value))
            }
            offers.append(offer)
        } while scanner.take(UInt8(ascii: ","))
        return scanner.isAtEnd ? offers : nil
    }
}
