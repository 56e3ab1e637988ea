/// The kinds of file that tracks come in.
package enum TrackFormat: String, Hashable, Sendable, CaseIterable {
    /// GPX 1.0 and 1.1 (topografix.com/GPX/1/1): points of tracks, routes and way points that have a time.
    case gpx
    /// RFC 7946: points with a time among their properties, and lines with one for each position.
    case geojson
    /// A table with a line of names first.
    case csv
    /// What Google's Timeline gives out: `Records.json`, and the files of phones, Android's and Apple's.
    case google
    /// The lines of OwnTracks Recorder's `.rec` files.
    case owntracks
}
