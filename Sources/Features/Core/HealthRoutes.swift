internal import FeatureKit
internal import HTTP
internal import Persistence
internal import Wire

extension CoreFeature {
    /// Story 1.5; every path without a version, as probes expect them, and with short forms.
    func addHealthRoutes(to registry: Registry) {
        let health = RouteHandler.later { [core] _ in
            let health = await core.database.health()
            return .json(
                CoreFeature.body(of: health, version: core.version),
                status: health.isConnected ? .ok : .serviceUnavailable)
        }
        for (path, id) in [("/api/health", "getHealth"), ("/health", "getHealthShort")] as [(PathTemplate, String)] {
            registry.add(
                Route(
                    .get, path, operationID: id, summary: "The state of the hub and its database", tag: "Health",
                    callers: .anyone, isProbe: true,
                    responses: [
                        RouteResponse(.ok, "Healthy", .reference("Health")),
                        RouteResponse(.serviceUnavailable, "The database does not answer", .reference("Health")),
                    ], handler: health))
        }
        registry.add(
            Route(
                .get, "/api/health/live", operationID: "getLiveness", summary: "Whether the process runs",
                tag: "Health", callers: .anyone, isProbe: true,
                responses: [RouteResponse(.ok, "It does", .reference("Status"))],
                handler: .immediate { _ in .json(Array(#"{"status":"alive"}"#.utf8)) }))
        let readiness = RouteHandler.later { [core] _ in
            let isReady = await core.database.health().isConnected
            return .json(
                Array((isReady ? #"{"status":"ready"}"# : #"{"status":"unavailable"}"#).utf8),
                status: isReady ? .ok : .serviceUnavailable)
        }
        for (path, id) in [("/api/health/ready", "getReadiness"), ("/ready", "getReadinessShort")]
            as [(PathTemplate, String)]
        {
            registry.add(
                Route(
                    .get, path, operationID: id, summary: "Whether the hub can take requests", tag: "Health",
                    callers: .anyone, isProbe: true,
                    responses: [
                        RouteResponse(.ok, "It can", .reference("Status")),
                        RouteResponse(.serviceUnavailable, "The database does not answer", .reference("Status")),
                    ], handler: readiness))
        }
    }

    private static func body(of health: DatabaseHealth, version: String) -> [UInt8] {
        JSONWriter.bytes { json in
            json.object { json in
                json.member("status", health.isConnected ? "healthy" : "unhealthy")
                json.member("version", version)
                json.object("database") { json in
                    json.member("connected", health.isConnected)
                    json.member("latencyMs", health.latency.map { $0 / .milliseconds(1) })
                }
            }
        }
    }
}
