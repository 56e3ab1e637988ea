/// An address and the name that people see before it.
package struct Mailbox: Hashable, Sendable {
    /// May be empty, and may hold anything: the header is written so that it ends nothing.
    package var name: String
    package var address: MailAddress

    package init(name: String = "", address: MailAddress) {
        self.name = name
        self.address = address
    }

    /// `Name <local@domain>` or an address alone, as an operator writes a sender.
    package init?(_ text: String) {
        guard text.last == ">", let bracket = text.lastIndex(of: "<") else {
            guard let address = MailAddress(text) else { return nil }
            self.init(address: address)
            return
        }
        let name = text[..<bracket].split(separator: " ").joined(separator: " ")
        guard let address = MailAddress(text[text.index(after: bracket)...].dropLast()),
            !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return nil }
        let isQuoted = name.count > 1 && name.first == "\"" && name.last == "\""
        self.init(name: isQuoted ? String(name.dropFirst().dropLast()) : name, address: address)
    }
}
