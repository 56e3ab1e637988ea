package import HTTP

/// What a page of the hub's may do in a browser: run its own scripts and styles from files, and talk to the hub.
///
/// No inline script or style runs, nothing is loaded from elsewhere but images of the origins that are named, no other site
/// frames the page or shares a process with it.
package struct PagePolicy: Hashable, Sendable {
    /// Where images may come from beside the hub, such as `https://tile.example.org`.
    package var imageOrigins: [String] = []
    /// Whether the page may ask where the device is.
    package var asksForPosition = false
    /// Whether those that images come from are told the hub's origin, without a path. Servers of map tiles ask for that.
    package var tellsItsOrigin = false

    package init() {}

    /// The fields of the page's answer.
    package var headers: HTTPHeaders {
        let images = (["'self'", "data:"] + imageOrigins).joined(separator: " ")
        var headers: HTTPHeaders = [
            "Content-Security-Policy":
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src \(images); connect-src 'self'; "
                + "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy":
                "geolocation=\(asksForPosition ? "(self)" : "()"), camera=(), microphone=(), payment=(), usb=()",
        ]
        // The last of several is the one that holds; every answer of the hub's has `no-referrer`.
        if tellsItsOrigin { headers.append("Referrer-Policy", "strict-origin") }
        return headers
    }
}
