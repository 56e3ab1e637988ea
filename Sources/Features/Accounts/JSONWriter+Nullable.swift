internal import Wire

extension JSONWriter {
    /// A member that is there even if it says nothing.
    mutating func nullable(_ name: StaticString, _ text: String?) {
        if let text { member(name, text) } else { null(name) }
    }
}
