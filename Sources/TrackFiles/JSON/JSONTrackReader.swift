/// Reads JSON files: finds out whose they are by their outermost members, and hands the rest to who knows them.
struct JSONTrackReader: FormatReader {
    private var tokenizer = JSONTokenizer()
    private var sorter: JSONFileSorter

    /// - Parameter said: What the file is said to be; another one that it is is refused.
    init(said: TrackFormat?, rules: PointRules) { sorter = JSONFileSorter(said: said, rules: rules) }

    mutating func read(_ input: Span<UInt8>, into intake: inout PointIntake) throws(TrackFileError) {
        swap(&sorter.intake, &intake)
        defer { swap(&sorter.intake, &intake) }
        try tokenizer.read(input, &sorter)
    }

    mutating func finish(into intake: inout PointIntake) throws(TrackFileError) -> Bool {
        swap(&sorter.intake, &intake)
        defer { swap(&sorter.intake, &intake) }
        let isCut = try tokenizer.finish(&sorter)
        guard isCut || sorter.isKnown else { throw .unknownFormat }
        return isCut
    }
}

/// Finds the format, and from then on hands everything to what knows it.
struct JSONFileSorter: JSONSink {
    private let said: TrackFormat?
    private var geojson: GeoJSONEntries?
    private var google: GoogleEntries?
    private var depth = 0
    /// What the entries are given to while the file is read.
    var intake: PointIntake

    init(said: TrackFormat?, rules: PointRules) {
        self.said = said
        intake = PointIntake(rules: rules)
    }

    var isKnown: Bool { geojson != nil || google != nil }

    private func check(_ format: TrackFormat) throws(TrackFileError) {
        if let said, said != format { throw .otherFormat(said: said, is: format) }
    }

    mutating func beginObject() throws(TrackFileError) {
        depth += 1
        geojson?.beginObject()
        google?.beginObject()
    }

    mutating func endObject() throws(TrackFileError) {
        depth -= 1
        geojson?.endObject(&intake)
        google?.endObject(&intake)
    }

    mutating func beginArray() throws(TrackFileError) {
        if depth == 0 {
            try check(.google)
            google = GoogleEntries(inArray: true)
        } else {
            geojson?.beginArray()
            google?.beginArray()
        }
        depth += 1
    }

    mutating func endArray() throws(TrackFileError) {
        depth -= 1
        try geojson?.endArray()
        google?.endArray()
    }

    mutating func key(_ bytes: [UInt8]) throws(TrackFileError) {
        if !isKnown, depth == 1 {
            // A member that says nothing is passed over, with all that is in it.
            if GeoJSONEntries.knows(bytes) {
                try check(.geojson)
                geojson = GeoJSONEntries()
            } else if GoogleEntries.knows(bytes) {
                try check(.google)
                google = GoogleEntries(inArray: false)
            }
        }
        geojson?.key(bytes)
        google?.key(bytes)
    }

    mutating func string(_ bytes: [UInt8]) throws(TrackFileError) {
        try geojson?.value(bytes)
        google?.value(bytes)
    }

    mutating func number(_ bytes: [UInt8]) throws(TrackFileError) {
        try geojson?.value(bytes)
        google?.value(bytes)
    }

    mutating func literal() throws(TrackFileError) { try geojson?.literal() }
}
