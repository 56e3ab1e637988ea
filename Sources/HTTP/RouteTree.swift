/// The templates of a router as a tree of their segments, which leads to the numbers of what they were added for.
///
/// Not generic, so that other modules' routers find their way in code that knows its types: they do it for every request, and looking
/// types up at run time took longer than all the rest.
struct RouteTree: Sendable {
    private struct Entry: Sendable {
        var method: HTTPMethod
        var number: Int
    }

    private struct Node: Sendable {
        var fixed: [(segment: [UInt8], node: Int)] = []
        var parameter: Int?
        var entries: [Entry] = []
    }

    private var nodes = [Node()]

    mutating func add(_ method: HTTPMethod, _ template: PathTemplate, _ number: Int) {
        var index = 0
        for segment in template.segments {
            switch segment {
            case .parameter:
                if let child = nodes[index].parameter {
                    index = child
                } else {
                    nodes.append(Node())
                    nodes[index].parameter = nodes.count - 1
                    index = nodes.count - 1
                }
            case .fixed(let bytes):
                if let child = nodes[index].fixed.first(where: { $0.segment == bytes }) {
                    index = child.node
                } else {
                    nodes.append(Node())
                    nodes[index].fixed.append((bytes, nodes.count - 1))
                    index = nodes.count - 1
                }
            }
        }
        precondition(
            !nodes[index].entries.contains { $0.method == method }, "Two routes for \(method.rawValue) \(template)")
        nodes[index].entries.append(Entry(method: method, number: number))
    }

    func match(_ method: HTTPMethod, _ path: ArraySlice<UInt8>) -> Router<Int>.Match {
        var values: [Range<Int>] = []
        guard let index = node(of: path, &values) else { return .notFound }
        guard let number = number(of: method, at: index) else {
            return .otherMethods(allow: allowed(nodes[index].entries))
        }
        return .found(number, parameters: values.map { String(decoding: path[$0], as: UTF8.self) })
    }

    func destination(of method: HTTPMethod, _ path: ArraySlice<UInt8>) -> Int? {
        var values: [Range<Int>] = []
        return node(of: path, &values).flatMap { number(of: method, at: $0) }
    }

    private func number(of method: HTTPMethod, at index: Int) -> Int? {
        let entries = nodes[index].entries
        let entry =
            entries.first { $0.method == method } ?? (method == .head ? entries.first { $0.method == .get } : nil)
        return entry?.number
    }

    private func allowed(_ entries: [Entry]) -> [HTTPMethod] {
        let methods = Set(entries.map(\.method))
        return HTTPMethod.allCases.filter {
            methods.contains($0) || $0 == .options || $0 == .head && methods.contains(.get)
        }
    }

    private func node(of path: ArraySlice<UInt8>, _ values: inout [Range<Int>]) -> Int? {
        guard path.first == UInt8(ascii: "/") else { return nil }
        guard path.count > 1 else { return nodes[0].entries.isEmpty ? nil : 0 }
        return find(path, from: path.startIndex + 1, at: 0, &values)
    }

    /// The node for the segments of `path` from `start` on that has entries; depth is bounded by the deepest template.
    private func find(
        _ path: ArraySlice<UInt8>, from start: Int, at index: Int, _ values: inout [Range<Int>]
    ) -> Int? {
        let end = path[start...].firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
        let segment = start..<end
        if let child = fixedChild(path[segment], of: index), let found = descend(child, path, past: end, &values) {
            return found
        }
        guard !segment.isEmpty, let child = nodes[index].parameter else { return nil }
        values.append(segment)
        if let found = descend(child, path, past: end, &values) { return found }
        values.removeLast()
        return nil
    }

    private func fixedChild(_ segment: ArraySlice<UInt8>, of index: Int) -> Int? {
        nodes[index].fixed.first { $0.segment.count == segment.count && $0.segment.elementsEqual(segment) }?.node
    }

    private func descend(
        _ child: Int, _ path: ArraySlice<UInt8>, past end: Int, _ values: inout [Range<Int>]
    ) -> Int? {
        if end == path.endIndex { return nodes[child].entries.isEmpty ? nil : child }
        return find(path, from: end + 1, at: child, &values)
    }
}
