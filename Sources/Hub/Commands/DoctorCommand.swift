internal import Configuration
internal import EventLoop
internal import Telemetry

/// `hubd doctor`: looks at everything a hub depends on. Works beside a running hub, without one, and with a configuration
/// that is wrong.
struct DoctorCommand {
    private let invocation: CommandInvocation
    private let environment: [String: String]

    init(_ invocation: CommandInvocation, environment: [String: String]) {
        self.invocation = invocation
        self.environment = environment
    }

    func run() async -> ExitCode {
        var configuration = HubConfiguration()
        var mistake: ConfigurationError?
        do throws(ConfigurationError) {
            configuration = try invocation.loadConfiguration(environment: environment).values
        } catch {
            mistake = error
        }
        let loop: Loop
        do throws(LoopError) {
            loop = try Loop.start()
        } catch {
            Terminal.complain("\(error)")
            return .brokenInstallation
        }
        let log = Logger("doctor", output: LogOutput(level: .error, format: .json))
        let report = await Doctor(configuration, error: mistake, on: loop, log: log).examine()
        await loop.stop()
        Terminal.write(invocation.has("json") ? report.json + "\n" : report.text)
        return report.exitCode
    }
}
