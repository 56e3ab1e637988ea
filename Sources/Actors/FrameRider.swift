/// Who has something to say that can wait for a frame of the group that is due, and costs no packet of its own then.
///
/// Called on the group's loop.
package protocol FrameRider: AnyObject, Sendable {
    /// The frame has been delivered to those who watch, or there was none after all.
    func frameHasGone()
}
