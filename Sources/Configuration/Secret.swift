/// A value that shows itself only when asked by name: not in a log line, a description or a dump.
package struct Secret: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The value, for the one who needs it.
    package let revealed: String

    package init(_ value: String) { revealed = value }

    package var description: String { "(secret)" }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
