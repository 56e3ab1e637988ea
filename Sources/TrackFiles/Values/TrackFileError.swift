/// Why a file cannot be read, or not any further. What was read of it before holds.
package enum TrackFileError: Error, Hashable, Sendable {
    /// An archive of several files: its files are to be taken out first.
    case zipped
    /// It begins like none of the formats.
    case unknownFormat
    /// It is of another format than was said.
    case otherFormat(said: TrackFormat, is: TrackFormat)
    /// It breaks the rules of its format at this byte, counted from 0 and after decompression.
    case malformed(at: Int)
    /// A line, a tag or a feature is longer than is held in memory.
    case tooLong(at: Int)
    /// Elements or values lie in each other deeper than any such file has them.
    case tooDeep(at: Int)
    /// The table names no columns of latitude, longitude and time.
    case missingColumns
    /// It declares a document type, which may define things that grow without end.
    case documentType
    /// It grows by more than a hundredfold, or beyond the limit, when it is decompressed.
    case inflatesTooMuch

    /// The name under which clients hear of it; never changes its meaning.
    package var code: String {
        switch self {
        case .zipped: "zipped"
        case .unknownFormat: "unknown_format"
        case .otherFormat: "other_format"
        case .malformed: "malformed"
        case .tooLong: "too_long"
        case .tooDeep: "too_deep"
        case .missingColumns: "missing_columns"
        case .documentType: "document_type"
        case .inflatesTooMuch: "inflates_too_much"
        }
    }

    /// A sentence without a value of the file.
    package var message: String {
        switch self {
        case .zipped: "The file is a ZIP archive; take the files out of it and send them one by one"
        case .unknownFormat: "The file is none of the formats that are understood"
        case .otherFormat(let said, let found): "The file was said to be \(said.rawValue) and is \(found.rawValue)"
        case .malformed(let byte): "The file breaks the rules of its format at byte \(byte)"
        case .tooLong(let byte): "A line, tag or feature is too long at byte \(byte)"
        case .tooDeep(let byte): "Elements or values are nested too deeply at byte \(byte)"
        case .missingColumns: "The table's first line names no columns of latitude, longitude and time"
        case .documentType: "The file declares a document type, which is not taken"
        case .inflatesTooMuch: "The file is far larger when it is decompressed than its length allows"
        }
    }
}
