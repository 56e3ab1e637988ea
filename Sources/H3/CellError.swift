/// Why there is no such cell.
package enum CellError: Error, Hashable, Sendable {
    /// The bits or the text are no cell's.
    case invalid
    /// A parent that is finer than its child.
    case resolution

    /// A sentence for whoever sent it.
    package var message: String {
        switch self {
        case .invalid: "Not a valid H3 cell"
        case .resolution: "A parent cell is no finer than its child"
        }
    }
}
