internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension AccountsFeature {
    func addNotificationRoutes(to registry: Registry) {
        registry.define(
            "NotificationPreferences",
            .object([
                .required(
                    "channels",
                    .object([
                        .optional(EmailChannel.name, .boolean, "By mail, to a confirmed address"),
                        .optional(LogChannel.name, .boolean, "As a line in the hub's log"),
                    ])),
                .required(
                    "quietHours",
                    .nullable(
                        .object([
                            .required("start", .string(pattern: "^[0-2][0-9]:[0-5][0-9]$")),
                            .required("end", .string(pattern: "^[0-2][0-9]:[0-5][0-9]$"), "May be of the next day"),
                            .required("timeZone", .string(), "Of the IANA database, such as Europe/Berlin"),
                        ])), "When nothing is told; it is told when they end"),
                .required("messages", .string(values: NotificationPreferences.Messages.allCases.map(\.rawValue))),
                .optional("invitations", .boolean, "Into groups, sent to one by name; true if not given"),
            ]))
        registry.add(
            Route(
                .get, "/api/v1/notifications/preferences", operationID: "getNotificationPreferences",
                summary: "How one is told of what one missed", tag: "Notifications", callers: .user,
                responses: [RouteResponse(.ok, "The preferences", .reference("NotificationPreferences"))],
                errors: [.serviceUnavailable],
                handler: .later { request in
                    guard let user = request.principal.user else { throw Problem.forbidden }
                    let preferences = try await request.askingNotifications { () throws(PostgresError) in
                        try await mail.store.preferences(of: user.id, at: services.clock.now)
                    }
                    return AccountsFeature.answer(preferences)
                }))
        registry.add(
            Route(
                .put, "/api/v1/notifications/preferences", operationID: "setNotificationPreferences",
                summary: "Say how one wants to be told of what one missed",
                description: """
                    Replaces all of it: a channel that is not named is off, and without `quietHours` there are none. \
                    `direct` is messages in conversations of two and those that name one. Quiet hours that are shortened \
                    do not end a wait that has begun.
                    """,
                tag: "Notifications", callers: .user, content: RequestContent(.reference("NotificationPreferences")),
                responses: [RouteResponse(.ok, "The preferences", .reference("NotificationPreferences"))],
                errors: [.serviceUnavailable], handler: .later { try await setPreferences($0) }))
    }

    private func setPreferences(_ request: RouteRequest) async throws -> HTTPResponse {
        guard let user = request.principal.user else { throw Problem.forbidden }
        var body = try BodyReader(request)
        var preferences = NotificationPreferences()
        let channels = body.object("channels") { body in
            Set([EmailChannel.name, LogChannel.name].filter { body.flag($0) == true })
        }
        if channels == nil { body.complain("channels", "is required") }
        let messages = body.text("messages", required: true)
        preferences.channels = channels ?? []
        preferences.invitations = body.flag("invitations") ?? true
        if let messages {
            if let known = NotificationPreferences.Messages(rawValue: messages) {
                preferences.messages = known
            } else {
                body.complain("messages", "must be all, direct or none")
            }
        }
        preferences.quietHours = body.object("quietHours") { $0.quietHours() } ?? nil
        if let zone = preferences.quietHours?.timeZone {
            let isKnown = try await request.askingNotifications { () throws(PostgresError) in
                try await mail.store.knows(timeZone: zone)
            }
            if !isKnown { body.complain("quietHours", "must have a time zone that there is") }
        }
        try body.finish()
        let wanted = preferences
        try await request.askingNotifications { () throws(PostgresError) in
            try await mail.store.set(wanted, of: user.id, at: services.clock.now)
        }
        return AccountsFeature.answer(wanted)
    }

    private static func answer(_ preferences: NotificationPreferences) -> HTTPResponse {
        .json(
            JSONWriter.bytes { json in
                json.object {
                    $0.object("channels") {
                        $0.member("email", preferences.channels.contains(EmailChannel.name))
                        $0.member("log", preferences.channels.contains(LogChannel.name))
                    }
                    if let hours = preferences.quietHours {
                        $0.object("quietHours") {
                            $0.member("start", QuietHours.text(hours.start))
                            $0.member("end", QuietHours.text(hours.end))
                            $0.member("timeZone", hours.timeZone)
                        }
                    } else {
                        $0.null("quietHours")
                    }
                    $0.member("messages", preferences.messages.rawValue)
                    $0.member("invitations", preferences.invitations)
                }
            })
    }
}

extension BodyReader {
    /// The members of quiet hours; nothing if one is wrong, which is noted.
    fileprivate mutating func quietHours() -> QuietHours? {
        let start = minutes("start")
        let end = minutes("end")
        let zone = line("timeZone", 1...60, required: true)
        if let zone, !QuietHours.isZoneName(zone) {
            complain("timeZone", "must be a name of the IANA time zone database")
            return nil
        }
        guard let start, let end, let zone else { return nil }
        guard start != end else {
            complain("end", "must be another time than start")
            return nil
        }
        return QuietHours(start: start, end: end, timeZone: zone)
    }

    private mutating func minutes(_ name: String) -> Int16? {
        guard let text = text(name, required: true) else { return nil }
        guard let minutes = QuietHours.minutes(text) else {
            complain(name, "must be a time of the day, HH:MM")
            return nil
        }
        return minutes
    }
}

extension RouteRequest {
    fileprivate func askingNotifications<Value: Sendable>(
        _ body: () async throws(PostgresError) -> Value
    ) async throws(Problem) -> Value {
        try await asking { () throws(DeviceStoreError) in
            do throws(PostgresError) {
                return try await body()
            } catch {
                throw DeviceStoreError(error)
            }
        }
    }
}
