import Foundation
import Journeys
import Model

@testable import Travel

/// What somebody's points come to, told from all of them at once by the plainest means.
struct PlainStatistics {
    let points: [TrackPoint]
    private let atlas = GridAtlas()
    /// Of resolution 8.
    let visits: [Visit<Int64>]
    private(set) var trips: [Trip] = []
    private(set) var stays: [Stay] = []
    private(set) var unseen: [UnseenWay] = []

    init(_ points: [TrackPoint]) {
        self.points = points.sorted { $0.time < $1.time }
        var visits: [Visit<Int64>] = []
        for point in self.points {
            let cell = atlas.cells(of: point).res8
            if let last = visits.last, last.cell == cell,
                point.time.milliseconds - last.left.milliseconds <= 86_400_000
            {
                visits[visits.count - 1].left = point.time
            } else {
                visits.append(Visit(cell: cell, entered: point.time, left: point.time))
            }
        }
        self.visits = visits
        var events: [JourneyEvent] = []
        var reader = JourneyReader()
        for point in self.points { reader.add(point) { events.append($0) } }
        reader.unfinished { events.append($0) }
        for event in events {
            switch event {
            case .trip(let trip): trips.append(trip)
            case .stay(let stay): stays.append(stay)
            case .unseen(let way): unseen.append(way)
            case .landmark: break
            }
        }
    }

    // MARK: All of it

    var overview: TravelOverview {
        var overview = TravelOverview()
        overview.countries = Set(visits.compactMap { country($0.cell) }).count
        overview.regions = Set(visits.compactMap { region($0.cell) }).count
        overview.cellsRes6 = Set(points.map { atlas.cells(of: $0).res6 }).count
        overview.cellsRes8 = Set(visits.map(\.cell)).count
        overview.visits = Int64(visits.count)
        overview.days = Set(points.map { days($0.time) }).count
        let northern = visits.map { atlas.place(of: $0.cell).isNorthern }
        overview.hasNorthern = northern.contains(true)
        overview.hasSouthern = northern.contains(false)
        overview.first = points.first?.time
        overview.last = points.last?.time
        overview.ways = ways { _ in true }
        overview.longestTrip = trips.min { ($1.distance, $0.start.time) < ($0.distance, $1.start.time) }.map(summary)
        overview.lastCountry = countries.first.map {
            SeenPlace(code: $0.code, name: $0.name, last: $0.last ?? .distant)
        }
        let regions = countries.flatMap { self.regions(of: $0.code) }
        overview.lastRegion = regions.min { ($1.last ?? .distant, $0.code) < ($0.last ?? .distant, $1.code) }
            .map { SeenPlace(code: $0.code, name: $0.name, last: $0.last ?? .distant) }
        return overview
    }

    func summary(_ trip: Trip) -> TripSummary {
        TripSummary(start: trip.start.time, end: trip.end.time, distance: trip.distance, topSpeed: trip.topSpeed)
    }

    private func ways(_ counts: (Timestamp) -> Bool) -> WayTotals {
        let own = trips.filter { counts($0.start.time) }
        return WayTotals(
            trips: own.count, distance: own.reduce(0) { $0 + $1.distance }, seconds: own.reduce(0) { $0 + $1.duration },
            unseenDistance: unseen.filter { counts($0.start.time) }.reduce(0) { $0 + $1.distance })
    }

    // MARK: Places

    private func country(_ cell: Int64) -> String? { atlas.place(of: cell).country }
    private func region(_ cell: Int64) -> String? { atlas.place(of: cell).region }

    var countries: [PlaceStatistics] {
        Set(visits.compactMap { country($0.cell) }).map { code in
            var place = place(code, "Land \(code)", visits.filter { country($0.cell) == code })
            place.landCellCount = StatisticsFixture.cells
            place.regions = regions(of: code).count
            place.regionCount = 3
            return place
        }.sorted(by: latestFirst)
    }

    func regions(of country: String) -> [PlaceStatistics] {
        Set(visits.compactMap { region($0.cell) }).filter { $0.hasPrefix("\(country)-") }.map { code in
            var place = place(code, "Part \(code)", visits.filter { region($0.cell) == code })
            place.landCellCount = StatisticsFixture.cells
            place.parent = "\(country)-Z"
            return place
        }.sorted(by: latestFirst)
    }

    private func place(_ code: String, _ name: String, _ visits: [Visit<Int64>]) -> PlaceStatistics {
        let cells = Set(visits.map(\.cell))
        var place = PlaceStatistics(code: code, name: name)
        place.cells = cells.count
        place.landCells = cells.filter { atlas.place(of: $0).isLand }.count
        place.first = visits.first?.entered
        place.firstCell = visits.first?.cell
        place.last = visits.last?.left
        return place
    }

    private func latestFirst(_ one: PlaceStatistics, _ other: PlaceStatistics) -> Bool {
        (other.last ?? .distant, one.code) < (one.last ?? .distant, other.code)
    }

    // MARK: Years

    private static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    private func year(_ time: Timestamp) -> Int {
        PlainStatistics.calendar.component(.year, from: Date(timeIntervalSince1970: Double(time.milliseconds) / 1000))
    }

    private func days(_ time: Timestamp) -> Int { Int((Double(time.milliseconds) / 86_400_000).rounded(.down)) }

    var years: [YearStatistics] {
        Set(points.map { year($0.time) }).sorted(by: >).map { year in
            let seen = visits.filter { self.year($0.entered)...self.year($0.left) ~= year }
            let before = visits.filter { self.year($0.entered) < year }
            let cells = Set(seen.map(\.cell))
            let fresh = cells.subtracting(before.map(\.cell))
            let known = (
                countries: Set(before.compactMap { country($0.cell) }),
                regions: Set(before.compactMap { region($0.cell) })
            )
            var result = YearStatistics(year: year)
            result.days = Set(points.filter { self.year($0.time) == year }.map { days($0.time) }).count
            result.cells = cells.count
            result.newCells = fresh.count
            result.visits = Int64(visits.filter { self.year($0.entered) == year }.count)
            result.countries = Set(cells.compactMap(country)).count
            result.newCountries = Set(fresh.compactMap(country)).subtracting(known.countries).count
            result.regions = Set(cells.compactMap(region)).count
            result.newRegions = Set(fresh.compactMap(region)).subtracting(known.regions).count
            result.ways = ways { self.year($0) == year }
            result.longestTrip = trips.filter { self.year($0.start.time) == year }.map(\.distance).max()
            return result
        }
    }

    // MARK: Firsts

    var timeline: [TimelineEvent] {
        var events: [TimelineEvent] = []
        var (countries, regions, cells) = (Set<String>(), Set<String>(), Set<Int64>())
        for visit in visits {
            guard cells.insert(visit.cell).inserted else { continue }
            func note(_ content: TimelineEvent.Content) {
                events.append(TimelineEvent(content: content, at: visit.entered, cell: visit.cell))
            }
            if let code = country(visit.cell), countries.insert(code).inserted {
                note(.country(code: code, name: "Land \(code)"))
            }
            if let code = region(visit.cell), regions.insert(code).inserted {
                let country = String(code.prefix(2))
                note(.region(code: code, name: "Part \(code)", country: country, countryName: "Land \(country)"))
            }
            if [100, 500, 1000, 2500, 5000, 10_000].contains(cells.count) { note(.milestone(cells.count)) }
        }
        return events.sorted { one, other in
            (other.at, one.kind.rawValue) < (one.at, other.kind.rawValue)
        }
    }
}

extension Timestamp {
    fileprivate static let distant = Timestamp(milliseconds: .min)
}
