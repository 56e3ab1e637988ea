import Wire

/// What somebody needs who sets up a second factor, as text: to be typed or copied, for a terminal shows no picture.
enum SecondFactorText {
    /// The secret in groups of four, its address, and the recovery codes.
    static func lines(_ answer: JSONValue) -> [String] {
        let secret = PlainText.line(answer["secret"]?.string ?? "")
        return [
            "Secret for the app:  \(grouped(secret))",
            "Address for the app: \(PlainText.line(answer["uri"]?.string ?? ""))",
            "", "Recovery codes, each good once; keep them where you keep keys:",
        ] + codes(answer)
    }

    static func codes(_ answer: JSONValue) -> [String] {
        (answer["recoveryCodes"]?.array ?? []).compactMap(\.string).map { "  \(PlainText.line($0))" }
    }

    private static func grouped(_ secret: String) -> String {
        var text = ""
        for (index, character) in secret.enumerated() {
            if index > 0, index.isMultiple(of: 4) { text += " " }
            text.append(character)
        }
        return text
    }
}
