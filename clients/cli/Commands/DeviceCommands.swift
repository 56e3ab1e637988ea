import Foundation
import Model
import TerminalText

/// `devices`, `register`, `deactivate` and `health`: the hub over REST.
enum DeviceCommands {
    static let devices = Command(
        name: "devices", summary: "list the devices of a group",
        options: [
            Option("group", .value("G"), required: true, "the group"),
            Option("json", "print the hub's answer as it is"),
        ],
        run: { invocation in
            let group = try group(invocation.arguments)
            let answer = try HubAPI(target: try invocation.target()).devices(of: group)
            if invocation.arguments.has("json") {
                Output.raw(answer.json + [UInt8(ascii: "\n")])
                return .ok
            }
            let size = Terminal.size(1)
            let width = Terminal.isTerminal(1) ? size.columns : 200
            let colours = Terminal.isColoured(1, environment: invocation.environment)
            let now = WallClock.now
            let rows = answer.devices.map { device in
                let place = device.lastLocation.map { PlaceText.text(latitude: $0.latitude, longitude: $0.longitude) }
                let seen = device.lastSeenAt.flatMap(TimeText.timestamp).map { Quantity.age($0.duration(to: now)) }
                return [PlainText.line(device.displayName), device.deviceId, seen ?? "-", place ?? "-"]
                    .map { TableLayout.Cell(text: $0) }
            }
            let layout = TableLayout(columns: [
                TableLayout.Column(title: "NAME", minimum: 8, stretches: true), TableLayout.Column(title: "DEVICE"),
                TableLayout.Column(title: "SEEN", alignsRight: true), TableLayout.Column(title: "PLACE"),
            ])
            for line in layout.lines(rows, width: width, height: rows.count + 1, isColoured: colours) {
                Output.line(line)
            }
            if rows.isEmpty { Output.note("no active devices in \(group)") }
            return .ok
        })

    static let register = Command(
        name: "register", summary: "make an account, or register a device in a group",
        discussion: [
            "With --email and --username it makes an account and signs in. \(AccountCommands.aboutPasswords)",
            "With --group and --name it registers a device. Registering a known device again changes its name or its group.",
        ],
        options: [
            Option("email", .value("ADDRESS"), "the person's address"),
            Option("username", .value("NAME"), "the name by which others find the person"),
            Option("code", .value("CODE"), "of an invitation, whose group the person joins"),
            Option("group", .value("G"), "the device's group"),
            Option("name", .value("N"), "the name others see, 2 to 50 characters"),
            Option(
                "device", .value("UUID"), "the device's id; the same one every time for a group and name if not given"),
            Option("json", "print the hub's answer as it is"),
        ],
        run: { invocation in
            let arguments = invocation.arguments
            if arguments.text("email") != nil || arguments.text("username") != nil {
                guard arguments.text("group") == nil, arguments.text("device") == nil else {
                    throw CommandFailure.usage("an account has no --group and no --device")
                }
                return try AccountCommands.register(invocation)
            }
            let group = try group(arguments)
            let name = try arguments.required("name")
            guard (2...50).contains(name.count) else {
                throw CommandFailure.usage("--name must have 2 to 50 characters")
            }
            let id = try arguments.text("device").map { text throws(CommandFailure) in try device(text) }
            let identity = DeviceIdentity(group: group, source: name, name: name, id: id)
            let answers = try HubAPI(target: try invocation.target()).register([identity])
            if arguments.has("json") {
                Output.raw(answers[0] + [UInt8(ascii: "\n")])
            } else {
                Output.line("\(identity.id)  \(identity.name)  in \(group)")
            }
            return .ok
        })

    static let deactivate = Command(
        name: "deactivate", summary: "take a device out of its group",
        discussion: ["Its history stays. Registering it again brings it back."],
        operands: [Operand("DEVICE", "the device's id")],
        run: { invocation in
            let id = try device(invocation.arguments.operands[0])
            try HubAPI(target: try invocation.target()).deactivate(id)
            Output.line("\(id) is deactivated")
            return .ok
        })

    static let health = Command(
        name: "health", summary: "ask the hub how it is",
        options: [Option("json", "print the hub's answer as it is")],
        run: { invocation in
            let location = try ConnectionOptions.location(
                arguments: invocation.arguments, environment: invocation.environment,
                profiles: ProfileStore(environment: invocation.environment))
            let target = HubTarget(
                url: location.url, key: "", caFile: invocation.arguments.text("ca-file") ?? location.profile?.caFile)
            let response = try HubAPI(target: target).health()
            if invocation.arguments.has("json") {
                Output.raw(response.body + [UInt8(ascii: "\n")])
            } else {
                Output.line(HealthText.line(response.body, url: location.url))
            }
            return (200...299).contains(response.status) ? .ok : .tryLater
        })

    static func group(_ arguments: Arguments) throws(CommandFailure) -> GroupID {
        let text = try arguments.required("group")
        return try group(text)
    }

    static func group(_ text: String) throws(CommandFailure) -> GroupID {
        guard let group = GroupID(text) else {
            throw .usage("a group has 2 to 50 letters, digits, hyphens and underscores; '\(text)' has not")
        }
        return group
    }

    static func device(_ text: String) throws(CommandFailure) -> DeviceID {
        guard let device = DeviceID(text) else { throw .usage("'\(text)' is not a device's id, which is a UUID") }
        return device
    }
}
