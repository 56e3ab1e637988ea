internal import Configuration
internal import Telemetry

/// The least important events that are written.
struct LogLevelReload: Reloadable {
    let output: LogOutput

    let name = "log level"
    let settings: Set<String> = ["logging.level"]

    func reload(_ configuration: HubConfiguration) { output.level = configuration.logging.level }
}
