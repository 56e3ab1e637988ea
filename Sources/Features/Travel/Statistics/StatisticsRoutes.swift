internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

/// What somebody's record comes to: `/api/v1/stats`.
struct StatisticsRoutes: Sendable {
    let store: StatisticsStore

    static let tag = "Travel"

    func register(in registry: Registry) {
        StatisticsSchemas.define(in: registry)
        registry.add(
            Route(
                .get, "/api/v1/stats/overview", operationID: "getTravelOverview",
                summary: "See what one's travels come to",
                description: """
                    Somebody who was never anywhere has zeros. What has just come may take a moment to be counted: \
                    `pending` says so.
                    """,
                tag: StatisticsRoutes.tag, callers: .user,
                responses: [RouteResponse(.ok, "The figures", .reference("TravelOverview"))],
                errors: [.serviceUnavailable], handler: .later { try await overview($0) }))
        registry.add(
            Route(
                .get, "/api/v1/stats/countries", operationID: "listSeenCountries",
                summary: "List the countries one has been in", description: "The one where one was last comes first.",
                tag: StatisticsRoutes.tag, callers: .user,
                responses: [
                    RouteResponse(
                        .ok, "All of them", .object([.required("countries", .array(of: .reference("SeenCountry")))]))
                ],
                errors: [.serviceUnavailable], handler: .later { try await countries($0) }))
        registry.add(
            Route(
                .get, "/api/v1/stats/countries/{code}", operationID: "getSeenCountry",
                summary: "See a country and the regions of it one has been in",
                description: """
                    A country where one never was has zeros. Its regions are those one has been in, the one where one was \
                    last first.
                    """,
                tag: StatisticsRoutes.tag, callers: .user,
                parameters: [.path("code", .string(length: 2...2), "ISO 3166-1 alpha-2, in either case")],
                responses: [RouteResponse(.ok, "The country", .reference("SeenCountryWithRegions"))],
                errors: [.countryNotFound, .serviceUnavailable], handler: .later { try await country($0) }))
        registry.add(
            Route(
                .get, "/api/v1/stats/years", operationID: "listTravelYears", summary: "See one's travels year by year",
                description: """
                    Years in UTC in which one was seen, the latest first. Who is somewhere over the turn of a year has \
                    been there in both; visits and trips count for the year in which they began.
                    """,
                tag: StatisticsRoutes.tag, callers: .user,
                responses: [
                    RouteResponse(
                        .ok, "All of them", .object([.required("years", .array(of: .reference("TravelYear")))]))
                ],
                errors: [.serviceUnavailable], handler: .later { try await years($0) }))
    }

    private func overview(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try request.traveller()
        let found = try await request.readingRecord { () throws(PostgresError) in try await store.overview(of: user) }
        guard let overview = found else { throw Problem.unauthorized(for: .user) }
        return .record { $0.members(of: overview, user) }
    }

    private func countries(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try request.traveller()
        let countries = try await request.readingRecord { () throws(PostgresError) in
            try await store.countries(of: user)
        }
        return .record { json in
            json.array("countries", of: countries) { json, country in json.object { $0.members(ofCountry: country) } }
        }
    }

    private func country(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try request.traveller()
        let code = request.parameter("code").uppercased()
        let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
        let isCode = code.utf8.count == 2 && code.utf8.allSatisfy { letters.contains($0) }
        guard isCode else { throw StatisticsRoutes.noSuchCountry }
        let found = try await request.readingRecord { () throws(PostgresError) in
            try await store.country(code, of: user)
        }
        guard let (country, regions) = found else { throw StatisticsRoutes.noSuchCountry }
        return .record { json in
            json.members(ofCountry: country)
            json.array("regions", of: regions) { json, region in
                json.object {
                    $0.members(of: region)
                    $0.nullable("parent", region.parent)
                }
            }
        }
    }

    private func years(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try request.traveller()
        let years = try await request.readingRecord { () throws(PostgresError) in try await store.years(of: user) }
        return .record { json in
            json.array("years", of: years) { json, year in json.object { $0.members(of: year) } }
        }
    }

    private static let noSuchCountry = Problem(.countryNotFound, "There is no such country")
}
