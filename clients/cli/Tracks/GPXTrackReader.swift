import Foundation
import FoundationXML
import Model

/// Reads the track points of a GPX 1.1 (or 1.0) file, all tracks and segments as one.
///
/// Speed and course are read from where recorders put them: GPX 1.0's own elements and Garmin's
/// `TrackPointExtension`. Waypoints and routes, which have no times, are not tracks and are passed over.
final class GPXTrackReader: NSObject, XMLParserDelegate {
    private let accuracy: Double
    private var points: [TrackPoint] = []
    private var fault: TrackFault?
    private var isGPX = false
    private var text = ""
    private var line = 0
    private var latitude: Double?
    private var longitude: Double?
    private var capturedAt: Timestamp?
    private var altitude: Double?
    private var speed: Double?
    private var bearing: Double?
    private var isInPoint = false
    private var depth = 0

    /// - Parameter accuracy: Metres; GPX has none.
    init(accuracy: Double) { self.accuracy = accuracy }

    /// - Throws: ``TrackFault/malformed(_:_:)`` for what is no GPX, and for any document type declaration: GPX has
    ///   none, and entities are how a small file becomes a large one.
    func points(_ bytes: [UInt8]) throws(TrackFault) -> [TrackPoint] {
        if let line = GPXTrackReader.lineOfDoctype(bytes) {
            throw .malformed(line, "a document type declaration is not part of GPX")
        }
        let parser = XMLParser(data: Data(bytes))
        parser.delegate = self
        let isWhole = parser.parse()
        if let fault { throw fault }
        // A file cut short is no error to XMLParser on every platform.
        guard isWhole, depth == 0 else { throw .malformed(max(parser.lineNumber, 1), "the XML is broken") }
        guard isGPX else { throw .malformed(1, "the XML is not GPX") }
        return points
    }

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        text = ""
        depth += 1
        switch GPXTrackReader.localName(elementName) {
        case "gpx": isGPX = true
        case "trkpt":
            line = parser.lineNumber
            isInPoint = true
            capturedAt = nil
            altitude = nil
            speed = nil
            bearing = nil
            latitude = attributes["lat"].flatMap(Double.init)
            longitude = attributes["lon"].flatMap(Double.init)
            if latitude == nil || longitude == nil {
                fail(.badPoint(line, "a point has no latitude or longitude"), parser)
            }
        default: break
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if isInPoint { text += string }
    }

    func parser(
        _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName: String?
    ) {
        depth -= 1
        guard isInPoint else { return }
        let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
        switch GPXTrackReader.localName(elementName) {
        case "time":
            capturedAt = TimeText.timestamp(value)
            if capturedAt == nil { fail(.badPoint(line, "'\(PlainText.line(value))' is not a time"), parser) }
        case "ele": altitude = number(value, "ele", parser)
        case "speed": speed = number(value, "speed", parser)
        case "course", "bearing": bearing = number(value, "course", parser)
        case "trkpt": endPoint()
        default: break
        }
        text = ""
    }

    /// Takes the point; one without a time cannot be replayed and is left out.
    private func endPoint() {
        isInPoint = false
        guard let capturedAt, let latitude, let longitude else { return }
        points.append(
            TrackPoint(
                line: line,
                fix: Fix(
                    capturedAt: capturedAt, latitude: latitude, longitude: longitude, accuracy: accuracy,
                    altitude: altitude, bearing: bearing, speed: speed)))
    }

    private func number(_ text: String, _ name: String, _ parser: XMLParser) -> Double? {
        if text.isEmpty { return nil }
        if let value = Double(text), value.isFinite { return value }
        fail(.badPoint(line, "\(name) '\(PlainText.line(text))' is not a number"), parser)
        return nil
    }

    private func fail(_ fault: TrackFault, _ parser: XMLParser) {
        if self.fault == nil { self.fault = fault }
        parser.abortParsing()
    }

    private static func localName(_ name: String) -> Substring { name.split(separator: ":").last ?? "" }

    private static func lineOfDoctype(_ bytes: [UInt8]) -> Int? {
        let mark = Array("<!DOCTYPE".utf8)
        var line = 1
        for index in bytes.indices {
            if bytes[index] == 10 { line += 1 }
            if bytes[index] == mark[0], bytes[index...].starts(with: mark) { return line }
        }
        return nil
    }
}
