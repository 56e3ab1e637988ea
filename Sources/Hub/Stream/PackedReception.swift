internal import Wire

/// What a session that speaks packed remembers of its client; apart, because most do not and all take memory.
///
/// Confined to the session's loop.
final class PackedReception {
    /// What the next fix counts from.
    var lastSent: PackedReference?
}
