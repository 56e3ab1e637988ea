/// Writes events of one component, with the fields that all of them share. Cheap to copy, usable from any thread.
///
/// ```swift
/// log.info("listening", ["host": .string(host), "port": .integer(port)])
/// ```
/// The message is a constant, and values are fields of a closed set of types: neither a position nor a secret can be
/// interpolated by accident, and equal events have equal messages. Fields are evaluated only if the line is written.
package struct Logger: Sendable {
    private let output: LogOutput
    private let component: StaticString
    private var shared: LogFields = [:]

    package init(_ component: StaticString, output: LogOutput) {
        self.component = component
        self.output = output
    }

    /// The same output for another component; shared fields go along.
    package func component(_ name: StaticString) -> Logger {
        var logger = Logger(name, output: output)
        logger.shared = shared
        return logger
    }

    /// A logger whose every line has these fields too.
    package func with(_ fields: LogFields) -> Logger {
        var logger = self
        logger.shared.append(contentsOf: fields)
        return logger
    }

    /// A logger for one request; the id is the one the client is told (`X-Request-ID`).
    package func with(requestID: String) -> Logger { with(["request_id": .string(requestID)]) }

    package func isEnabled(_ level: LogLevel) -> Bool { output.isEnabled(level) }

    package func trace(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.trace, message, fields())
    }

    package func debug(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.debug, message, fields())
    }

    package func info(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.info, message, fields())
    }

    package func warning(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.warning, message, fields())
    }

    package func error(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.error, message, fields())
    }

    /// - Parameter throttle: For events that may come in thousands: those it holds back are counted, and the next line
    ///   says how many there were (`repeated`).
    package func log(
        _ level: LogLevel, _ message: StaticString, _ fields: @autoclosure () -> LogFields = [:],
        throttle: LogThrottle? = nil
    ) {
        guard output.isEnabled(level) else { return }
        var repeated = 0
        if let throttle {
            guard let held = throttle.admit() else { return }
            repeated = held
        }
        var own = fields()
        if repeated > 0 { own.append("repeated", .integer(repeated)) }
        output.write(level, component, message, [shared, own])
    }
}
