package import FeatureKit
package import Jobs
internal import Model
internal import Persistence

extension AccountsFeature {
    package static func scheduledJobs(services: JobServices) -> [ScheduledJob] {
        let upkeep = AccountUpkeep(database: services.database)
        let clock = services.clock
        let keys = SigningKeyStore(database: services.database)
        return [
            ScheduledJob(
                "sign_ins", summary: "Remove sign-ins and refresh tokens whose time is over", schedule: .hourly
            ) { _ in
                let now = clock.now
                return [
                    "sign_ins": try await upkeep.removeSignIns(expiredBefore: now),
                    "tokens": try await upkeep.removeTokens(expiredBefore: now),
                    "providers": try await upkeep.removeProviderSignIns(expiredBefore: now),
                    "attempts": try await upkeep.removeAttempts(before: now.advanced(by: .seconds(-86_400))),
                ]
            },
            ScheduledJob(
                "mail_tokens", summary: "Remove tokens of mails whose time is over", schedule: .hourly
            ) { _ in ["tokens": try await upkeep.removeMailTokens(expiredBefore: clock.now)] },
            ScheduledJob(
                "signing_keys", summary: "Remove signing keys that no token needs any more", schedule: .hourly
            ) { _ in ["keys": try await keys.removeSuperseded(at: clock.now)] },
        ]
    }
}
