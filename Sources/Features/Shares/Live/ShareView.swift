internal import Actors
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model

/// Somebody who follows a share. Runs in the request's task, on its loop.
struct ShareView {
    private let feature: SharesFeature
    private let share: Share
    private let token: ShareToken
    private let bell: ShareBell
    private let writer: HTTPBodyWriter
    private let request: RouteRequest

    init(
        _ feature: SharesFeature, _ share: Share, _ token: ShareToken, _ bell: ShareBell, _ writer: HTTPBodyWriter,
        _ request: RouteRequest
    ) {
        self.feature = feature
        self.share = share
        self.token = token
        self.bell = bell
        self.writer = writer
        self.request = request
    }

    /// How often it looks whether its time is over, and whether the device is where it was.
    private static let tick = Duration.seconds(1)
    /// How often Postgres is asked, for what another hub has revoked.
    private static let asking = Duration.seconds(30)
    /// After which a comment shows that the connection lives.
    private static let silence = Duration.seconds(15)
    /// Between two positions at least.
    private static let pace = Duration.milliseconds(250)
    /// How long a reader may take to read what there is.
    private static let patience = Duration.seconds(30)

    /// Tells of every change until there is nothing to be seen any more.
    ///
    /// - Returns: Whether the reader read everything.
    func run() async -> Bool {
        let timer = request.loop.schedule(after: .zero, every: ShareView.tick) { [bell] in bell.ring() }
        var group: GroupID?
        var told: SharedPosition?
        var (wrote, asked) = (ContinuousClock.now, ContinuousClock.now)
        for await _ in bell.rings {
            let now = feature.services.clock.now
            let moment = ContinuousClock.now
            guard !writer.isAbandoned, now < share.expiresAt else { break }
            let isDue = moment - asked >= ShareView.asking
            let sight: LiveMap.Sight?
            do throws(Problem) {
                sight = try await feature.sight(of: share, for: request)
                if sight == nil || isDue {
                    asked = moment
                    guard try await isOpen(at: now) else { break }
                }
            } catch {
                // Postgres is away; the next tick tries again.
                continue
            }
            guard let sight else { continue }
            if sight.group != group {
                observe(sight.group, insteadOf: group)
                group = sight.group
            }
            let position = SharedPosition(sight, until: share.expiresAt)
            if position != told {
                writer.write(position.event(at: now))
            } else if moment - wrote >= ShareView.silence {
                writer.write(Array(":\n\n".utf8))
            } else {
                continue
            }
            (told, wrote) = (position, moment)
            guard await writer.drained(within: ShareView.patience) else {
                observe(nil, insteadOf: group)
                return false
            }
            try? await Task.sleep(for: ShareView.pace)
        }
        observe(nil, insteadOf: group)
        withExtendedLifetime(timer) {}
        guard !writer.isAbandoned else { return false }
        writer.write(Array("event: end\ndata: {}\n\n".utf8))
        return true
    }

    private func isOpen(at now: Timestamp) async throws(Problem) -> Bool {
        let (store, token) = (feature.store, token)
        return try await request.asking { () throws(DeviceStoreError) in try await store.share(token, at: now) } != nil
    }

    /// Hears of another group's news from now on. One that has as many observers as it may is looked at every tick.
    private func observe(_ group: GroupID?, insteadOf previous: GroupID?) {
        let (live, bell) = (feature.core.live, bell)
        if let previous {
            live.enter(previous) { $0.loadedGroup(previous)?.assumeIsolated { $0.unobserve(bell) } }
        }
        if let group {
            live.enter(group) { _ = try? $0.loadedGroup(group)?.assumeIsolated { _ = try $0.observe(bell) } }
        }
    }
}
