/// Where a string, already checked, stands in a reader's text, without its quotes. Means something to that reader only.
package struct JSONText: Hashable, Sendable {
    let start: Int
    /// In bytes as written, escapes included.
    let count: Int
    /// Holds at least one backslash.
    let hasEscapes: Bool
}
