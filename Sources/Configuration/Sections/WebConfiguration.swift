/// `[web]`: the page that people open in a browser.
package struct WebConfiguration: Equatable, Sendable {
    /// Whether there is one.
    package var servesPage = true
    /// Where Leaflet's files are; empty looks where Debian and the set-up put them.
    package var leafletDirectory = ""
    /// Where tiles of a base map come from, with `{z}`, `{x}` and `{y}` in it; empty draws the outlines alone.
    package var tilesURL = ""
    /// Whom the tiles are of, as text.
    package var tilesAttribution = ""

    package init() {}
}
