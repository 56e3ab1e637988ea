/// Everything an operator decides, with its defaults; see ``Setting/all`` for keys, ranges and what each means.
package struct HubConfiguration: Equatable, Sendable {
    package var server = ServerConfiguration()
    package var data = DataConfiguration()
    package var database = DatabaseConfiguration()
    package var fanout = FanoutConfiguration()
    package var locations = LocationsConfiguration()
    package var presence = PresenceConfiguration()
    package var chat = ChatConfiguration()
    package var travel = TravelConfiguration()
    package var limits = LimitsConfiguration()
    package var accounts = AccountsConfiguration()
    package var security = SecurityConfiguration()
    package var credentials = CredentialsConfiguration()
    package var mail = MailConfiguration()
    package var web = WebConfiguration()
    package var logging = LoggingConfiguration()
    package var telemetry = TelemetryConfiguration()

    package init() {}
}
