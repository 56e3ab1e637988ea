internal import Wire

/// English names of countries, names of regions, and what those are part of: iso-codes' `iso_3166-1.json` and `iso_3166-2.json`.
package struct RegionNames: Equatable, Sendable {
    /// A region's name, and the code of the region it is part of.
    struct Entry: Equatable {
        var name: String
        var parent: String?
    }

    var countries: [String: String] = [:]
    var regions: [String: Entry] = [:]

    /// None: the map's own names are used then.
    package init() {}

    /// - Throws: ``RegionImportError/names``.
    package init(countries: [UInt8], regions: [UInt8]) throws(RegionImportError) {
        for entry in try RegionNames.entries(of: countries, "3166-1") {
            guard let code = entry["alpha_2"]?.string, let name = entry["name"]?.string else { throw .names }
            // `Bolivia` rather than `Bolivia, Plurinational State of`.
            self.countries[code] = entry["common_name"]?.string ?? name
        }
        for entry in try RegionNames.entries(of: regions, "3166-2") {
            guard let code = entry["code"]?.string, let name = entry["name"]?.string else { throw .names }
            let parent = entry["parent"]?.string.map { $0.contains("-") ? $0 : "\(code.prefix(2))-\($0)" }
            self.regions[code] = Entry(name: name, parent: parent)
        }
    }

    private static func entries(of bytes: [UInt8], _ member: String) throws(RegionImportError) -> [JSONValue] {
        guard let tree = try? JSONValue(bytes), let entries = tree[member]?.array, !entries.isEmpty else {
            throw .names
        }
        return entries
    }
}
