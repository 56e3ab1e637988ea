/// `[travel]`: records of where people have been.
package struct TravelConfiguration: Equatable, Sendable {
    /// Bytes of a file that is imported, as it is sent and when it is decompressed.
    package var importBytes = 2 << 30

    package init() {}
}
