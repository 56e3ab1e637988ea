import TerminalText

/// A position as people read it.
enum PlaceText {
    /// `48.14860, 17.10770`: five decimals, about a metre.
    static func text(latitude: Double, longitude: Double) -> String {
        Quantity.decimal(latitude, 5) + ", " + Quantity.decimal(longitude, 5)
    }
}
