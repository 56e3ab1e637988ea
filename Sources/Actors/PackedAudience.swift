/// Those who watch a group packed, and the encoder that knows what they have been told. Made for the first of them, and
/// given up with the last.
final class PackedAudience {
    let audience = Audience()
    let encoder: any PackedEncoder

    init(_ encoder: any PackedEncoder) { self.encoder = encoder }
}
