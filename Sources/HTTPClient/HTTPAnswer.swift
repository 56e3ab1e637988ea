/// What came back.
package struct HTTPAnswer: Sendable {
    package var status: Int
    /// In their order, white space around values removed.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    /// The value of the first field of that name, whatever its case.
    package subscript(name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// `Retry-After` in seconds; nothing where there is none, or a date.
    package var retryAfter: Double? {
        self["Retry-After"].flatMap(Double.init).flatMap { $0 >= 0 && $0.isFinite ? $0 : nil }
    }
}
