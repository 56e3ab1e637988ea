internal import FeatureKit
internal import Model

/// Knows of invitations that came to nothing before their person was told: followed, declined, revoked or too old.
struct InvitationJudge: NoticeJudge {
    let store: PostgresInvitationStore
    let clock: any LiveClock

    func wanted(_ notices: [Notice]) async throws -> [Notice] {
        guard let invited = notices.first(where: { $0.kind == .invitation })?.recipient else { return notices }
        let open = try await store.received(by: invited, at: clock.now, before: nil, limit: 1)
        return open.isEmpty ? notices.filter { $0.kind != .invitation } : notices
    }
}
