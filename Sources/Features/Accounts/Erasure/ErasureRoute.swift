internal import Configuration
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Jobs
internal import Model
internal import Telemetry
internal import Wire

extension AccountsFeature {
    func addErasureRoute(to registry: Registry) {
        registry.add(
            Route(
                .delete, "/api/v1/auth/account", operationID: "deleteAccount",
                summary: "Delete your account and everything that is yours",
                description: """
                    From the answer on nothing opens the account, and its e-mail address is free. Your devices go with \
                    every location of theirs; a group of yours goes to its oldest admin, or else its oldest member, and is \
                    dissolved if nobody is left; what you said goes from every conversation. What takes longer than a few \
                    seconds, or is cut short by whatever, is finished by a job.
                    """,
                tag: AccountsFeature.tag, callers: .user,
                content: RequestContent(
                    .object([
                        .optional(
                            "password", .string(), "For who has none: instead a sign-in of the last five minutes"),
                        .required("confirmation", .string(values: ["DELETE"])),
                    ]), example: AccountSchemas.deletionExample),
                responses: [RouteResponse(.noContent, "It is gone")],
                errors: [.invalidCredentials, .tokenInvalid, .forbidden, .serviceUnavailable],
                handler: .later { try await deleteAccount($0) }))
        registry.add(
            JobHandler(AccountEraser.job) { [eraser] user, _ in
                try await eraser.erase(user, requestID: "job", clientAddress: "job")
            })
    }

    private func deleteAccount(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try signedIn(request)
        let account = try await account(of: request)
        var body = try BodyReader(request)
        let password = body.text("password", required: account.passwordHash != nil)
        if let confirmation = body.text("confirmation", required: true), confirmation != "DELETE" {
            body.complain("confirmation", "must be DELETE")
        }
        try body.finish()
        if account.passwordHash == nil { try await requirePresence(nil, for: request) }
        let now = services.clock.now
        if let password, account.passwordHash != nil {
            let attempt = SignInAttempt(user.id, from: request.origin.address, free: limits.freeAttempts)
            _ = try await check.account(typed: password, attempt: attempt, for: request, at: now) {
                () throws(AccountStoreError) in try await accounts.account(user.id)
            }
            try await check.passed(attempt, for: request)
        }
        let job = AccountEraser.job(for: user.id, at: now)
        let ended = try await request.asking { () throws(DeviceStoreError) in
            try await erasures.close(user.id, followedBy: job, at: now)
        }
        guard let ended else { throw Problem.tokenInvalid }
        await endings.endAll(of: user.id, ended)
        request.logger.info("account closed", ["user": .string(user.id.description)])
        do {
            try await eraser.erase(
                user.id, requestID: request.id, clientAddress: request.origin.address.description,
                within: AccountEraser.requestTime)
        } catch {
            // It is on record, and will be done: now, or, if not even that can be said, after the job's own wait.
            request.logger.warning("an account's erasure goes on as a job", ["user": .string(user.id.description)])
            try? await erasures.hasten(user.id)
            await services.jobs?.wake()
        }
        return HTTPResponse(.noContent)
    }
}
