/// What is read of a file at most.
package struct GeoPackageLimits: Hashable, Sendable {
    /// Bytes of the file. Default 256 MiB; the map that is meant has 12.8 MB.
    package var fileBytes = 256 << 20
    /// Bytes of one value. Default 16 MiB; the largest geometry has less than 1 MB.
    package var valueBytes = 16 << 20
    /// Features of a layer. Default 100,000.
    package var features = 100_000

    package init() {}
}
