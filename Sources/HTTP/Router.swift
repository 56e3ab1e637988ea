/// Finds what serves a path and method. A fixed segment goes before a parameter.
package struct Router<Destination: Sendable>: Sendable {
    package enum Match {
        /// With the values of the template's parameters, in its order. `HEAD` finds what serves `GET`.
        case found(Destination, parameters: [String])
        /// The path is known, but not with that method; `allow` are those it is known with, for the field `Allow`.
        case otherMethods(allow: [HTTPMethod])
        case notFound
    }

    private var tree = RouteTree()
    private var destinations: [Destination] = []

    package init() {}

    /// - Precondition: Nothing else serves the same path and method.
    package mutating func add(_ method: HTTPMethod, _ template: PathTemplate, _ destination: Destination) {
        tree.add(method, template, destinations.count)
        destinations.append(destination)
    }

    package func match(_ request: HTTPRequest) -> Match {
        match(request.method, request.pathBytes)
    }

    package func match(_ method: HTTPMethod, _ path: ArraySlice<UInt8>) -> Match {
        switch tree.match(method, path) {
        case .found(let index, let parameters): .found(destinations[index], parameters: parameters)
        case .otherMethods(let allow): .otherMethods(allow: allow)
        case .notFound: .notFound
        }
    }

    /// As ``match(_:)``, without the parameters' values: what serves a request, if something does.
    package func destination(of request: HTTPRequest) -> Destination? {
        tree.destination(of: request.method, request.pathBytes).map { destinations[$0] }
    }
}
