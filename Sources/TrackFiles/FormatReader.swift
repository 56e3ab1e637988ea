/// Reads the entries of one format, in pieces of any size: the entries are the same for every cut.
protocol FormatReader: Sendable {
    mutating func read(_ input: Span<UInt8>, into intake: inout PointIntake) throws(TrackFileError)

    /// - Returns: Whether the file ends before it should.
    mutating func finish(into intake: inout PointIntake) throws(TrackFileError) -> Bool
}
