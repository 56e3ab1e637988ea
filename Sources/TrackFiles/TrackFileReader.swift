/// Reads a file of tracks of any format, in pieces of any size and in bounded memory; the points are the same for every cut.
///
/// The format is found by what the file holds; gzip is undone. After an error nothing more is read, and the points so far hold.
package struct TrackFileReader: ~Copyable, Sendable {
    private let said: TrackFormat?
    private var detector = FormatDetector()
    private var inflater: GzipInflater?
    private var reader: (any FormatReader)?
    private var intake: PointIntake
    private let longestContent: Int
    /// Whether nothing has been read yet.
    private var isFresh = true
    package var tally: TrackFileTally { intake.tally }

    /// - Parameters:
    ///   - said: What the file is said to be; nothing if it is not.
    ///   - longestContent: Bytes it may have when it is decompressed.
    package init(said: TrackFormat?, rules: PointRules, longestContent: Int = 2 << 30) {
        self.said = said
        self.longestContent = longestContent
        intake = PointIntake(rules: rules)
    }

    /// Reads the next piece, and adds the points that are whole to `points`.
    package mutating func read(
        _ input: Span<UInt8>, into points: inout [TrackFilePoint]
    ) throws(TrackFileError) {
        swap(&intake.points, &points)
        defer { swap(&intake.points, &points) }
        guard !input.isEmpty else { return }
        // The one byte that tells a compressed file may be cut off from the next; no text begins with it.
        if isFresh {
            isFresh = false
            if input[0] == 0x1F { inflater = GzipInflater(limit: longestContent) }
        }
        guard let inflater else { return try readText(input) }
        try inflater.read(input) { (piece) throws(TrackFileError) in try readText(piece) }
    }

    /// Reads what is left at the end of the file.
    ///
    /// - Returns: Whether the file ends before it should.
    package mutating func finish(into points: inout [TrackFilePoint]) throws(TrackFileError) -> Bool {
        swap(&intake.points, &points)
        defer { swap(&intake.points, &points) }
        if reader == nil, let kind = detector.kind(isLast: true) { try begin(kind) }
        guard var reader else { throw .unknownFormat }
        let isCut = try reader.finish(into: &intake)
        self.reader = reader
        return isCut || inflater.map { !$0.isWhole } ?? false
    }

    private mutating func readText(_ input: Span<UInt8>) throws(TrackFileError) {
        if reader == nil {
            detector.append(input)
            guard let kind = detector.kind(isLast: false) else { return }
            return try begin(kind)
        }
        try reader?.read(input, into: &intake)
    }

    private mutating func begin(_ kind: FormatDetector.Kind) throws(TrackFileError) {
        switch kind {
        case .zip: throw .zipped
        case .unknown: throw .unknownFormat
        case .json: reader = JSONTrackReader(said: said, rules: intake.rules)
        case .xml: reader = try checked(.gpx, GPXReader())
        case .owntracks: reader = try checked(.owntracks, OwnTracksReader())
        case .table: reader = try checked(.csv, CSVReader())
        }
        let head = detector.take()
        try reader?.read(head.span, into: &intake)
    }

    private func checked(_ format: TrackFormat, _ reader: any FormatReader) throws(TrackFileError) -> any FormatReader {
        if let said, said != format { throw .otherFormat(said: said, is: format) }
        return reader
    }
}
