/// What a group's frames are written in. An observer has one, for as long as it observes.
package enum Dialect: Hashable, CaseIterable, Sendable {
    /// Every frame says all it means.
    case json
    /// The same frames, compressed once for all.
    case deflated
    /// Frames build on what those who watch have been told before, and name members by their numbers.
    case packed
}
