/// The jobs of one kind.
package struct JobQueueDepth: Hashable, Sendable {
    package let kind: String
    /// Due or not.
    package let waiting: Int
    /// Claimed by a hub.
    package let running: Int
    package let dead: Int
}
