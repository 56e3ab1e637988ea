/// What goes first among the due jobs of a kind.
package enum JobPriority: Int16, Sendable {
    case low = 0
    case normal = 1
    case high = 2
}
