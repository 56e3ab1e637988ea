package import Model

/// Whoever watches a group from the group's own loop: a session, or a ``RemoteAudience``.
///
/// Called on that loop, and free to call the group back from within.
package protocol GroupObserver: AnyObject, Sendable {
    /// What the frames it is delivered are written in; always the same.
    var dialect: Dialect { get }

    /// Takes a frame to send.
    ///
    /// - Returns: ``Admission/congested`` if it took this one and wants no further, ``Admission/dropped`` if it did not
    ///   take this one. After either the group keeps no frames for it, only notes what changed, until the observer calls
    ///   ``GroupActor/drained(_:)``, as it must once it has room again.
    func deliver(_ frame: [UInt8], of group: GroupID) -> Admission
}

extension GroupObserver {
    package var dialect: Dialect { .json }
}
