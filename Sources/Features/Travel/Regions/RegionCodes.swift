/// Which country and region each feature of the map is, because the map itself has names and no codes.
struct RegionCodes {
    struct Entry: Equatable {
        let country: String
        let region: String?
    }

    /// By the feature's id.
    let entries: [Int: Entry]

    /// The table of the map that is meant.
    static let naturalEarth = RegionCodes(csv: PackageResources.region_codes_csv)

    /// - Parameter csv: Lines of feature, country and region; those with `#` in front are left out. A mistake in it is ours.
    init(csv: String) {
        var entries: [Int: Entry] = [:]
        for line in csv.split(whereSeparator: \.isNewline) where line.first != "#" {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count == 3, let id = Int(fields[0]) else { preconditionFailure("a line of the table is none") }
            let (country, region) = (String(fields[1]), String(fields[2]))
            entries[id] = Entry(
                country: country,
                region: region.isEmpty ? nil : region.contains("-") ? region : "\(country)-\(region)")
        }
        self.entries = entries
    }
}
