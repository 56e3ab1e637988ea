import Earth
import Foundation
import GeoPackage
import Testing

@testable import Travel

@Suite struct `An import of a map` {
    private static let codes = RegionCodes(csv: "# Comment\n1,AA,1\n2,AA,2\n3,BB,\n5,RE,FR-974\n")
    private static let squares: [(Int, String, String, String, Double, Double)] = [
        (1, "AA", "First", "Land", 10, 0), (2, "AA", "Second", "Land", 11, 0), (3, "BB", "Third", "Other", 12, 0),
        (4, "-1", "Nobody", "Nobody", 14, 0), (5, "-1", "Island", "France", 55, -22),
    ]

    private func fault(_ map: SmallMap, _ codes: RegionCodes = codes) -> RegionImportError? {
        withExtendedLifetime(map) { fault(map.path, codes) }
    }

    private func fault(_ path: String, _ codes: RegionCodes = codes) -> RegionImportError? {
        do throws(RegionImportError) {
            _ = try RegionImport.read(map: path, names: RegionNames(), codes: codes)
            return nil
        } catch {
            return error
        }
    }

    @Test func `joins shapes, codes and names`() throws {
        let file = try SmallMap(`An import of a map`.squares)
        var names = RegionNames()
        names.countries = ["AA": "Aland"]
        names.regions = ["AA-2": RegionNames.Entry(name: "Zwei", parent: "AA-X")]
        let map = try RegionImport.read(map: file.path, names: names, codes: `An import of a map`.codes)
        #expect(
            map.countries == [
                Country(code: "AA", name: "Aland"), Country(code: "BB", name: "Other"),
                Country(code: "RE", name: "France"), Country(code: "VA", name: "Holy See"),
            ])
        #expect(
            map.regions == [
                Region(code: "AA-1", country: "AA", name: "First"),
                Region(code: "AA-2", country: "AA", name: "Zwei", parent: "AA-X"),
                Region(code: "FR-974", country: "RE", name: "Island"),
            ])
    }

    @Test func `of another map than the table's is refused`() throws {
        let squares = `An import of a map`.squares
        #expect(fault(try SmallMap(Array(squares.dropLast()))) == .otherMap)
        var other = squares
        other[0].1 = "ZZ"
        #expect(fault(try SmallMap(other)) == .otherMap)
        #expect(fault(try SmallMap(squares), .naturalEarth) == .otherMap)
    }

    @Test func `of no map says what it is`() throws {
        let file = try SmallMap([])
        let path = file.folder.appending(path: "other").path
        try Data("PK\u{3}\u{4}\(String(repeating: "x", count: 200))".utf8).write(to: URL(filePath: path))
        #expect(fault(path) == .map(.otherFormat))
        try #require(truncate(path, 2 << 30) == 0)
        #expect(fault(path) == .map(.tooLarge(bytes: 2 << 30)))
        #expect(fault("/nowhere") == .map(.unreadable))
        let whole = try SmallMap(`An import of a map`.squares)
        let map = try Data(contentsOf: URL(filePath: whole.path))
        try map.prefix(map.count / 2).write(to: URL(filePath: path))
        #expect(fault(path) == .map(.damaged))
    }

    @Test func `has a table of codes that are codes`() {
        let entries = RegionCodes.naturalEarth.entries
        #expect(entries.count == 4_555)
        #expect(entries.values.allSatisfy { Country.isCode($0.country) && $0.region.map(Region.isCode) ?? true })
        #expect(entries[144] == RegionCodes.Entry(country: "GP", region: "FR-971"))
    }

    @Test func `takes names as iso-codes has them, and nothing else`() throws {
        let countries = #"{"3166-1":[{"alpha_2":"BO","name":"Bolivia, State of","common_name":"Bolivia"}]}"#
        let regions = #"{"3166-2":[{"code":"FR-75","name":"Paris","parent":"IDF"},{"code":"FR-IDF","name":"IdF"}]}"#
        let names = try RegionNames(countries: Array(countries.utf8), regions: Array(regions.utf8))
        #expect(names.countries == ["BO": "Bolivia"])
        #expect(names.regions["FR-75"] == RegionNames.Entry(name: "Paris", parent: "FR-IDF"))
        for wrong in ["", "[]", "{}", #"{"3166-2":[]}"#, #"{"3166-2":[{"code":1,"name":"a"}]}"#, #"{"3166-2":[{}"#] {
            #expect(throws: RegionImportError.names) {
                try RegionNames(countries: Array(countries.utf8), regions: Array(wrong.utf8))
            }
        }
        #expect(throws: RegionImportError.names) { try MapFiles.readNames(in: "/nowhere") }
    }
}
