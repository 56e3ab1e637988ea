package import Configuration
internal import Glibc
internal import Telemetry

/// `hubd`: does what its command line asks for.
package enum HubProgram {
    /// - Parameter arguments: Without the program's name.
    package static func run(_ arguments: [String], environment: [String: String]) async -> ExitCode {
        switch table.parse(arguments) {
        case .help(let text):
            Terminal.write(text)
            return .success
        case .mistake(let line):
            Terminal.complain(line)
            return .usage
        case .run(let invocation):
            return await run(invocation, environment: environment)
        }
    }

    /// Every command.
    static let table = CommandTable.hubd.adding(ManualCommand.commands)

    private static func run(_ invocation: CommandInvocation, environment: [String: String]) async -> ExitCode {
        if invocation.command == "version" {
            Terminal.write("hubd \(HubVersion.current)\n")
            return .success
        }
        if ManualCommand.commands.contains(where: { $0.name == invocation.command }) {
            return ManualCommand(invocation, table).run()
        }
        if invocation.command == "doctor" { return await DoctorCommand(invocation, environment: environment).run() }
        let loaded: LoadedConfiguration
        do throws(ConfigurationError) {
            loaded = try invocation.loadConfiguration(environment: environment)
        } catch {
            Terminal.complain("\(error)")
            return .configuration
        }
        switch invocation.command {
        case "check-config":
            Terminal.write(loaded.describe())
            return .success
        case "serve":
            return await ServeCommand(
                invocation, loaded.values, environment: environment, log: log(loaded.values, environment)
            ).run()
        case "backup":
            return await BackupCommand(invocation, loaded.values, log: log(loaded.values, environment)).run()
        case "restore":
            return await RestoreCommand(invocation, loaded.values, log: log(loaded.values, environment)).run()
        case "health":
            return await HealthCommand(invocation, loaded.values).run()
        case "regions import":
            return await RegionsCommand(invocation, loaded.values, log: log(loaded.values, environment)).run()
        case let command where command.hasPrefix("jobs "):
            return await JobsCommand(invocation, loaded.values, log: log(loaded.values, environment)).run()
        default:
            return await KeysCommand(invocation, loaded.values, log: log(loaded.values, environment)).run()
        }
    }

    private static func log(_ configuration: HubConfiguration, _ environment: [String: String]) -> LogOutput {
        LogOutput(
            level: configuration.logging.level,
            format: configuration.logging.lineFormat(terminal: isatty(2) == 1, environment: environment))
    }
}

/// The standard streams of a command.
enum Terminal {
    static func write(_ text: String) { write(text, to: 1) }

    /// One line on the standard error stream.
    static func complain(_ line: String) { write("hubd: \(line)\n", to: 2) }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
