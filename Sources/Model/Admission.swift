/// What a bounded queue says to whoever adds to it.
package enum Admission: Hashable, Sendable {
    /// Taken, with room to spare.
    case accepted
    /// Taken, but the queue is filling: slow down.
    case congested
    /// Not taken; nothing changed.
    case dropped
}
