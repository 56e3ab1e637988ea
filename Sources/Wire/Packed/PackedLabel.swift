/// Labels of fixes that have a number of their own, because nearly every phone sends one of them.
enum PackedLabel {
    /// A label's number is its place in this list, which only ever grows at its end.
    static let known = [
        "gps", "network", "fused", "passive", "wifi", "cellular", "mobile", "ethernet", "none", "2g", "3g", "4g", "5g",
        "lte", "nr", "unknown",
    ]

    static func number(of label: String) -> Int? { known.firstIndex(of: label) }
}
