/// Makes foreign text harmless on a terminal.
enum PlainText {
    /// One line without control characters, so that a device's name cannot move the cursor or hide text.
    static func line(_ text: String) -> String {
        var clean = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .format, .surrogate, .unassigned, .privateUse:
                // A zero-width joiner belongs to many emoji.
                if scalar.value == 0x200d { clean.unicodeScalars.append(scalar) } else { clean += " " }
            default: clean.unicodeScalars.append(scalar)
            }
        }
        return clean
    }
}
