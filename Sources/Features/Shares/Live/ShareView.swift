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
    /// - Returns: Whether the reader was told everything, the end included. False if they are gone or too slow, or if
    ///   nobody can say whether the share is still open: they are to be cut off then, and may come back.
    func run() async -> Bool {
        let timer = request.loop.schedule(after: .zero, every: ShareView.tick) { [bell] in bell.ring() }
        var observed: GroupID?
        let isRead = await tell(observing: &observed)
        observe(nil, insteadOf: observed)
        withExtendedLifetime(timer) {}
        guard isRead, !writer.isAbandoned else { return false }
        writer.write(Array("event: end\ndata: {}\n\n".utf8))
        return true
    }

    /// - Parameter observed: The group whose observer the bell is, at any time.
    /// - Returns: As ``run()``.
    private func tell(observing observed: inout GroupID?) async -> Bool {
        var group: GroupID?
        var told: SharedPosition?
        var wrote = ContinuousClock.now
        // Not yet: what was revoked between the route's look and the entrance into the audience, nobody rang for.
        var asked: ContinuousClock.Instant?
        for await _ in bell.rings {
            let now = feature.services.clock.now
            let moment = ContinuousClock.now
            guard !writer.isAbandoned, !bell.isOver, now < share.expiresAt else { break }
            let isDue = asked.map { moment - $0 >= ShareView.asking } ?? true
            let sight: LiveMap.Sight?
            do throws(Problem) {
                sight = try await feature.sight(of: share, for: request)
                if sight == nil || isDue {
                    guard try await isOpen(at: now) else { break }
                    asked = moment
                }
            } catch {
                // Nothing is shown that nobody vouches for.
                return false
            }
            guard let sight else { continue }
            if sight.group != group {
                observed = observe(sight.group, insteadOf: observed)
                group = sight.group
            }
            let position = SharedPosition(sight, until: share.expiresAt)
            // It may have been revoked during the questions.
            guard !bell.isOver else { break }
            if position != told {
                writer.write(position.event(at: now))
            } else if moment - wrote >= ShareView.silence {
                writer.write(Array(":\n\n".utf8))
            } else {
                continue
            }
            (told, wrote) = (position, moment)
            guard await writer.drained(within: ShareView.patience) else { return false }
            try? await Task.sleep(for: ShareView.pace)
        }
        return true
    }

    private func isOpen(at now: Timestamp) async throws(Problem) -> Bool {
        let (store, token) = (feature.store, token)
        return try await request.asking { () throws(DeviceStoreError) in try await store.share(token, at: now) } != nil
    }

    /// Hears of another group's news from now on. One that has as many observers as it may, or as views may be, is
    /// looked at every tick.
    ///
    /// - Returns: The group in which a place was taken, which is to be given back.
    @discardableResult
    private func observe(_ group: GroupID?, insteadOf previous: GroupID?) -> GroupID? {
        let (live, bell) = (feature.core.live, bell)
        if let previous {
            live.enter(previous) { $0.loadedGroup(previous)?.assumeIsolated { $0.unobserve(bell) } }
            feature.audience.givePlaceBack(in: previous)
        }
        guard let group, feature.audience.takePlace(in: group) else { return nil }
        live.enter(group) { _ = try? $0.loadedGroup(group)?.assumeIsolated { _ = try $0.observe(bell) } }
        return group
    }
}
