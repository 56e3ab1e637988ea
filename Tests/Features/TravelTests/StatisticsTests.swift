import HubTesting
import Journeys
import Model
import Persistence
import Testing

@testable import Travel

@Suite(.timeLimit(.minutes(3))) struct `What a travel record comes to` {
    /// All parts of an answer, sums aside whose order may differ.
    private func rounded(_ ways: WayTotals) -> WayTotals {
        WayTotals(
            trips: ways.trips, distance: (ways.distance * 1000).rounded(), seconds: (ways.seconds * 1000).rounded(),
            unseenDistance: (ways.unseenDistance * 1000).rounded())
    }

    private func comparable(_ overview: TravelOverview?) -> TravelOverview? {
        guard var overview else { return nil }
        overview.username = ""
        overview.createdAt = Timestamp(milliseconds: 0)
        overview.ways = rounded(overview.ways)
        return overview
    }

    private func comparable(_ years: [YearStatistics]) -> [YearStatistics] {
        years.map { year in
            var year = year
            year.ways = rounded(year.ways)
            return year
        }
    }

    @Test func `is zeros for somebody who was nowhere, and for nobody else but a user`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let store = StatisticsStore(database: fixture.database)
            var expected = TravelOverview()
            let found = try #require(try await store.overview(of: user))
            expected.username = found.username
            expected.createdAt = found.createdAt
            #expect(found == expected)
            #expect(!found.username.isEmpty)
            // Somebody who has no record at all, not even an empty one.
            try await fixture.query("DELETE FROM travel.travellers WHERE user_id = $1::uuid", user.rawValue)
            #expect(try await store.overview(of: user) == expected)
            #expect(try await store.countries(of: user) == [])
            #expect(try await store.years(of: user) == [])
            let stranger = UserID(.version7(at: Timestamp(milliseconds: 1_700_000_000_001)))
            #expect(try await store.overview(of: stranger) == nil)
        }
    }

    @Test(arguments: 1...12)
    func `equals what all points at once come to, in whatever order they came`(seed: UInt64) async throws {
        let track = StatisticsFixture.track(seed: seed)
        let plain = PlainStatistics(track)
        try await RecordFixture.with { fixture in
            try await StatisticsFixture.draw(in: fixture)
            var generator = SeededGenerator(seed: seed)
            let user = try await fixture.traveller()
            // Another one's record is near and must not count.
            let other = try await fixture.traveller()
            _ = try await fixture.store.add(RandomTrack(seed: seed &+ 77).points, of: other)
            try await fixture.keeper().workIn(for: other)
            var rest = seed % 2 == 0 ? track.shuffled(using: &generator)[...] : track[...]
            while !rest.isEmpty {
                let batch = Array(rest.prefix(.random(in: 1...1500, using: &generator)))
                rest = rest.dropFirst(batch.count)
                _ = try await fixture.store.add(batch, of: user)
                if Bool.random(using: &generator) { try await fixture.keeper(pages: 300).workIn(for: user) }
            }
            let statistics = StatisticsStore(database: fixture.database)
            try await fixture.keeper().workIn(for: user)
            #expect(comparable(try await statistics.overview(of: user)) == comparable(plain.overview))
            #expect(try await statistics.countries(of: user) == plain.countries)
            for country in ["AA", "BB", "CC", "DD"] {
                let found = try #require(try await statistics.country(country, of: user))
                var none = PlaceStatistics(code: country, name: "Land \(country)")
                none.landCellCount = StatisticsFixture.cells
                none.regionCount = 3
                #expect(found.country == plain.countries.first { $0.code == country } ?? none)
                #expect(found.regions == plain.regions(of: country))
            }
            #expect(comparable(try await statistics.years(of: user)) == comparable(plain.years))
            try await checkTimeline(plain, TimelineStore(database: fixture.database), user)
            try await checkJourneys(plain, TripStore(database: fixture.database), user)
        }
    }

    @Test func `is looked for in tracks that have what could be told wrong`() {
        let all = (1...12).map { PlainStatistics(StatisticsFixture.track(seed: $0)) }
        let newYear = Timestamp(milliseconds: 1_767_225_600_000)
        #expect(all.contains { $0.visits.contains { $0.entered < newYear && $0.left >= newYear } })
        #expect(all.contains { $0.timeline.contains { $0.content == .milestone(1000) } })
        #expect(all.contains { !$0.timeline.contains { $0.kind == .milestone } })
        #expect(all.contains { $0.overview.hasNorthern && $0.overview.hasSouthern })
        #expect(all.contains { $0.countries.contains { $0.share == 1 } })
        #expect(all.contains { $0.countries.contains { $0.cells > $0.landCells } })
        #expect(all.allSatisfy { $0.years.count >= 2 && $0.trips.count + $0.stays.count > 0 })
        #expect(all.contains { $0.years.contains { $0.newCells > 0 && $0.newCells < $0.cells } })
        #expect(all.contains { !$0.unseen.isEmpty && $0.trips.count > 2 })
    }

    private func checkTimeline(_ plain: PlainStatistics, _ store: TimelineStore, _ user: UserID) async throws {
        let expected = plain.timeline
        let all = try await store.events(of: user, kind: nil, after: nil, offset: 0, limit: 100)
        #expect(all == TimelineStore.Page(total: expected.count, events: expected))
        for kind in TimelineEvent.Kind.allCases {
            let own = expected.filter { $0.kind == kind }
            let found = try await store.events(of: user, kind: kind, after: nil, offset: 0, limit: 100)
            #expect(found == TimelineStore.Page(total: own.count, events: own))
        }
        // Page by page, by position and by number.
        var (pages, position) = ([] as [TimelineEvent], nil as TimelineEvent.Position?)
        while let page = try? await store.events(of: user, kind: nil, after: position, offset: 0, limit: 2),
            let last = page.events.last
        {
            #expect(page.total == expected.count)
            pages += page.events
            #expect(TimelineEvent.Position(words: last.position.words) == last.position)
            position = last.position
        }
        #expect(pages == expected)
        for offset in 0...expected.count {
            let page = try await store.events(of: user, kind: nil, after: nil, offset: offset, limit: 3)
            let part = Array(expected.dropFirst(offset).prefix(3))
            #expect(page == TimelineStore.Page(total: expected.count, events: part))
        }
    }

    private func checkJourneys(_ plain: PlainStatistics, _ store: TripStore, _ user: UserID) async throws {
        let trips = Array(plain.trips.reversed())
        let found = try await store.trips(of: user, in: TripStore.Span(), limit: 1000)
        #expect(found.map(\.summary) == trips.map(plain.summary))
        #expect(found.map(\.path) == trips.map { TripPath.encode($0.path) })
        for trip in trips {
            #expect(try await store.trip(of: user, at: trip.start.time)?.summary == plain.summary(trip))
        }
        let stays = Array(plain.stays.reversed())
        let stored = try await store.stays(of: user, in: TripStore.Span(), limit: 1000)
        #expect(stored.map(\.start) == stays.map(\.arrival.time))
        #expect(stored.map(\.end) == stays.map(\.end))
        guard trips.count > 2 else { return }
        // The span's beginning is in it, its end is not.
        let span = TripStore.Span(
            from: PostgresMoment(trips[trips.count - 1].start.time), to: PostgresMoment(trips[0].start.time))
        let between = try await store.trips(of: user, in: span, limit: 1000)
        #expect(between.map(\.summary) == trips.dropFirst().map(plain.summary))
    }

    @Test func `says that points are not counted yet`() async throws {
        try await RecordFixture.with { fixture in
            let user = try await fixture.traveller()
            let statistics = StatisticsStore(database: fixture.database)
            _ = try await fixture.store.add(RandomTrack(seed: 5).points, of: user)
            #expect(try await statistics.overview(of: user)?.isPending == true)
            try await fixture.keeper().workIn(for: user)
            #expect(try await statistics.overview(of: user)?.isPending == false)
        }
    }

    @Test func `knows a country by its code alone where the map has changed`() async throws {
        try await RecordFixture.with { fixture in
            let track = StatisticsFixture.track(seed: 2)
            let user = try await fixture.traveller()
            _ = try await fixture.store.add(track, of: user)
            try await fixture.keeper().workIn(for: user)
            let statistics = StatisticsStore(database: fixture.database)
            let countries = try await statistics.countries(of: user)
            #expect(!countries.isEmpty)
            #expect(countries.map(\.name) == countries.map(\.code))
            #expect(countries.allSatisfy { $0.share == nil && $0.regionCount == 0 })
            #expect(try await statistics.country("AA", of: user) == nil)
        }
    }

    @Test func `tells no share above one`() {
        var place = PlaceStatistics(code: "VA", name: "Holy See")
        #expect(place.share == nil)
        (place.landCells, place.landCellCount) = (3, 1)
        #expect(place.share == 1)
        (place.landCells, place.landCellCount) = (1, 4)
        #expect(place.share == 0.25)
    }
}
