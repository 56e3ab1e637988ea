package import Model

/// A record's reading that has come to the end of the points, and can go on with those that come after them.
package struct KeptReading: Sendable {
    var reading: RecordReading
    /// The record's, which it was left at.
    var version: Int64

    /// The last point that was read.
    package var last: Timestamp { reading.last }
}
