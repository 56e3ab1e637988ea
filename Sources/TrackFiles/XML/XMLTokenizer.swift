internal import CExpat

/// Hears what an XML document holds. Names come without what stands before a colon.
protocol XMLSink: AnyObject {
    func begin(_ name: UnsafePointer<CChar>, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>)
    func end(_ name: UnsafePointer<CChar>)
    func text(_ bytes: UnsafeBufferPointer<UInt8>)
}

/// Reads XML through expat, in pieces of any size.
///
/// A document type is refused, and with it every entity of its own: nothing grows, and nothing outside the file is asked for.
/// A tag is held whole by expat, so that what lies between its beginning and the last byte read is bounded here.
///
/// `@unchecked Sendable`: used by one task at a time, which owns it through the reader.
@safe final class XMLTokenizer: @unchecked Sendable {
    /// Bytes of a tag or a comment.
    static let longestToken = 256 << 10
    static let deepest = 64

    private let parser: XML_Parser
    private weak var sink: (any XMLSink)?
    private var depth = 0
    private var read = 0
    fileprivate var refusal: TrackFileError?

    init(_ sink: any XMLSink) {
        guard let parser = unsafe XML_ParserCreate(nil) else { preconditionFailure("There is no memory for a parser") }
        unsafe self.parser = parser
        self.sink = sink
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe XML_SetUserData(parser, context)
        unsafe XML_SetElementHandler(
            parser,
            { context, name, attributes in
                guard let name = unsafe name, let attributes = unsafe attributes else { return }
                unsafe XMLTokenizer.at(context).begin(name, attributes)
            },
            { context, name in
                guard let name = unsafe name else { return }
                unsafe XMLTokenizer.at(context).end(name)
            })
        unsafe XML_SetCharacterDataHandler(parser) { context, text, length in
            guard let text = unsafe text else { return }
            unsafe text.withMemoryRebound(to: UInt8.self, capacity: Int(length)) { bytes in
                unsafe XMLTokenizer.at(context).sink?.text(UnsafeBufferPointer(start: bytes, count: Int(length)))
            }
        }
        unsafe XML_SetStartDoctypeDeclHandler(parser) { context, _, _, _, _ in
            unsafe XMLTokenizer.at(context).refuse(.documentType)
        }
    }

    deinit { unsafe XML_ParserFree(parser) }

    private static func at(_ context: UnsafeMutableRawPointer?) -> XMLTokenizer {
        guard let context = unsafe context else { preconditionFailure("expat lost its context") }
        return unsafe Unmanaged<XMLTokenizer>.fromOpaque(context).takeUnretainedValue()
    }

    private func begin(_ name: UnsafePointer<CChar>, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>) {
        depth += 1
        guard depth <= XMLTokenizer.deepest else { return refuse(.tooDeep(at: place)) }
        unsafe sink?.begin(XMLTokenizer.local(name), attributes)
    }

    private func end(_ name: UnsafePointer<CChar>) {
        depth -= 1
        unsafe sink?.end(XMLTokenizer.local(name))
    }

    /// Stops at once; nothing more is heard.
    func refuse(_ error: TrackFileError) {
        guard refusal == nil else { return }
        refusal = error
        unsafe XML_StopParser(parser, 0)
    }

    private var place: Int { max(0, Int(unsafe XML_GetCurrentByteIndex(parser))) }

    /// - Returns: At the end, whether the document ends before it should.
    @discardableResult
    func read(_ input: Span<UInt8>, isLast: Bool = false) throws(TrackFileError) -> Bool {
        read += input.count
        let status = unsafe input.withUnsafeBufferPointer { buffer in
            // expat takes no null for no bytes at the end of a document on all its versions.
            guard let base = buffer.baseAddress else {
                return unsafe XML_Parse(parser, "", 0, isLast ? 1 : 0)
            }
            return unsafe base.withMemoryRebound(to: CChar.self, capacity: buffer.count) { bytes in
                unsafe XML_Parse(parser, bytes, Int32(buffer.count), isLast ? 1 : 0)
            }
        }
        if let refusal { throw refusal }
        guard status == XML_STATUS_OK else {
            let error = unsafe XML_GetErrorCode(parser)
            let isCut =
                error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN || error == XML_ERROR_PARTIAL_CHAR
                || error == XML_ERROR_UNCLOSED_CDATA_SECTION
            if isLast, isCut { return true }
            throw .malformed(at: place)
        }
        guard read - place <= XMLTokenizer.longestToken + input.count else { throw .tooLong(at: place) }
        return false
    }

    /// The name behind the colon, if it has one.
    private static func local(_ name: UnsafePointer<CChar>) -> UnsafePointer<CChar> {
        var (start, next) = unsafe (name, name)
        while unsafe next.pointee != 0 {
            if unsafe next.pointee == 58 { unsafe start = next + 1 }
            unsafe next += 1
        }
        return unsafe start
    }
}
