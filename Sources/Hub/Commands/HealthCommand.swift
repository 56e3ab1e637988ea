internal import Configuration
internal import EventLoop

/// `hubd health`: whether the hub of this configuration answers; for a container's health check.
struct HealthCommand {
    private let invocation: CommandInvocation
    private let configuration: HubConfiguration

    init(_ invocation: CommandInvocation, _ configuration: HubConfiguration) {
        self.invocation = invocation
        self.configuration = configuration
    }

    func run() async -> ExitCode {
        guard configuration.server.port != 0 else {
            Terminal.complain("health: server.port is 0, so that nobody knows where the hub is")
            return .configuration
        }
        let loop: Loop
        do throws(LoopError) {
            loop = try Loop.start()
        } catch {
            Terminal.complain("\(error)")
            return .failure
        }
        let path = invocation.has("live") ? "/api/health/live" : "/api/health/ready"
        let answer = await HealthProbe(configuration.server).get(path, within: .seconds(5), on: loop)
        await loop.stop()
        guard let answer else {
            Terminal.complain(
                "health: no hub answers on \(configuration.server.host) port \(configuration.server.port)")
            return .failure
        }
        Terminal.write(answer.body + "\n")
        return answer.status == 200 ? .success : .failure
    }
}
