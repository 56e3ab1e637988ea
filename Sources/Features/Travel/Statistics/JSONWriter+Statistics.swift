internal import Model
internal import Wire

extension JSONWriter {
    mutating func members(of overview: TravelOverview, _ user: UserID) {
        object("user") {
            $0.member("id", user.rawValue)
            $0.member("username", overview.username)
            $0.member("createdAt", overview.createdAt)
        }
        object("stats") { json in
            json.member("countriesVisited", overview.countries)
            json.member("regionsVisited", overview.regions)
            json.member("cellsVisitedRes6", overview.cellsRes6)
            json.member("cellsVisitedRes8", overview.cellsRes8)
            json.nullable("firstVisitAt", overview.first)
            json.nullable("lastVisitAt", overview.last)
            json.member("totalVisitCount", overview.visits)
            json.member("daysVisited", overview.days)
            json.object("hemispheres") {
                $0.member("northern", overview.hasNorthern)
                $0.member("southern", overview.hasSouthern)
            }
            json.members(of: overview.ways)
            if let trip = overview.longestTrip {
                json.object("longestTrip") { $0.members(of: trip, user) }
            } else {
                json.null("longestTrip")
            }
        }
        object("recent") {
            $0.seen("lastCountry", overview.lastCountry)
            $0.seen("lastRegion", overview.lastRegion)
        }
        member("pending", overview.isPending)
    }

    mutating func members(of year: YearStatistics) {
        member("year", year.year)
        member("days", year.days)
        member("cells", year.cells)
        member("newCells", year.newCells)
        member("visits", year.visits)
        member("countries", year.countries)
        member("newCountries", year.newCountries)
        member("regions", year.regions)
        member("newRegions", year.newRegions)
        members(of: year.ways)
        if let longest = year.longestTrip {
            member("longestTripMetres", longest, decimals: 1)
        } else {
            null("longestTripMetres")
        }
    }

    mutating func members(ofCountry country: PlaceStatistics) {
        members(of: country)
        member("regionsVisited", country.regions)
        member("regionCount", country.regionCount)
    }

    mutating func members(of place: PlaceStatistics) {
        member("code", place.code)
        member("name", place.name)
        member("cells", place.cells)
        member("landCells", place.landCells)
        if let share = place.share { member("share", share, decimals: 6) } else { null("share") }
        nullable("firstVisitAt", place.first)
        nullable("lastVisitAt", place.last)
        if let cell = place.firstCell { member("firstCellH3", cell: cell) } else { null("firstCellH3") }
    }

    private mutating func members(of ways: WayTotals) {
        member("trips", ways.trips)
        member("distanceMetres", ways.distance, decimals: 1)
        member("travelSeconds", ways.seconds, decimals: 3)
        member("unseenDistanceMetres", ways.unseenDistance, decimals: 1)
    }

    private mutating func seen(_ name: StaticString, _ place: SeenPlace?) {
        guard let place else { return null(name) }
        object(name) {
            $0.member("code", place.code)
            $0.member("name", place.name)
            $0.member("visitedAt", place.last)
        }
    }
}
