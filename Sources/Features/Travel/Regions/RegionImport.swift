package import Earth
package import GeoPackage

/// Makes a ``Earth/RegionMap`` of a map file, the table of codes, and names. Blocks the thread for a second.
package enum RegionImport {
    /// The layer that has the finest parts of all countries.
    private static let layer = "states_provinces"
    /// Of a hundred features, those whose country is another on the map than in the table; more means another map. The table is
    /// right to differ in four of a thousand, overseas parts mostly.
    private static let toleratedPercent = 1

    /// - Parameter progress: Hears how many features are read, and how many there should be.
    /// - Throws: ``RegionImportError``.
    package static func read(
        map path: String, names: RegionNames, limits: GeoPackageLimits = GeoPackageLimits(),
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws(RegionImportError) -> RegionMap {
        try read(map: path, names: names, codes: .naturalEarth, limits: limits, progress: progress)
    }

    static func read(
        map path: String, names: RegionNames, codes: RegionCodes, limits: GeoPackageLimits = GeoPackageLimits(),
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws(RegionImportError) -> RegionMap {
        var builder = RegionMapBuilder()
        var found = 0
        var differing = 0
        do throws(GeoPackageError) {
            try GeoPackageFile(path: path, limits: limits).read(
                layer: layer, columns: ["iso_a2", "name", "admin"]
            ) { (feature) throws(GeoPackageError) in
                // What has no country of its own, such as the Spratly Islands, is at sea.
                guard let code = codes.entries[feature.id] else { return }
                found += 1
                progress(found, codes.entries.count)
                if let own = feature.texts[0], Country.isCode(own), own != code.country { differing += 1 }
                do throws(RegionMapError) {
                    try builder.add(
                        country: country(code, names, of: feature), region: region(code, names, of: feature),
                        polygons: feature.polygons)
                } catch {
                    throw GeoPackageError.tooLarge(bytes: limits.fileBytes)
                }
            }
        } catch {
            throw .map(error)
        }
        guard found == codes.entries.count, differing * 100 <= found * toleratedPercent else { throw .otherMap }
        do throws(RegionMapError) {
            for mending in Mending.all {
                let country = Country(code: mending.country, name: names.countries[mending.country] ?? mending.name)
                try builder.add(country: country, region: nil, polygons: [mending.polygon])
            }
        } catch {
            throw .map(.tooLarge(bytes: limits.fileBytes))
        }
        return builder.build()
    }

    private static func country(
        _ code: RegionCodes.Entry, _ names: RegionNames, of feature: MapFeature
    ) -> Country {
        Country(code: code.country, name: names.countries[code.country] ?? named(feature.texts[2]) ?? code.country)
    }

    private static func named(_ text: String?) -> String? { text?.isEmpty == true ? nil : text }

    /// A code that has been withdrawn since the map was made keeps the map's name.
    private static func region(
        _ code: RegionCodes.Entry, _ names: RegionNames, of feature: MapFeature
    ) -> Region? {
        guard let region = code.region else { return nil }
        let known = names.regions[region]
        return Region(
            code: region, country: code.country, name: known?.name ?? named(feature.texts[1]) ?? region,
            parent: known?.parent)
    }
}
