internal import EventLoop
internal import FeatureKit
internal import Model
internal import Persistence
internal import Synchronization
internal import Telemetry
internal import Wire

/// Tells people's sessions on this hub what they have unlocked, on whichever hub that was.
///
/// Each session is told once, after the commit. One that does not read, or that opens meanwhile, is not told again: a client
/// asks for what is unlocked when it connects.
final class AchievementNews: StreamService {
    private let store: AchievementStore
    private let shelves: [SessionShelf]
    private let log: Logger
    /// Sessions of people, on all loops.
    private let sessions = Atomic<Int>(0)
    /// Rung when there may be something.
    private let rings: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation

    init(store: AchievementStore, on loops: [Loop], log: Logger) {
        self.store = store
        self.log = log
        shelves = loops.map(SessionShelf.init)
        (rings, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Until the task is cancelled; once.
    func run() async {
        await withTaskGroup { group in
            group.addTask { await self.read() }
            group.addTask {
                // What is said while Postgres is away, or through a pooler that listens for nobody, is found by looking.
                while (try? await Task.sleep(for: .seconds(15))) != nil {
                    if self.sessions.load(ordering: .relaxed) > 0 { self.bell.yield() }
                }
                self.bell.finish()
            }
        }
    }

    private func read() async {
        store.database.listen(PostgresListener("achievements") { [bell] in bell.yield() })
        var snapshot: String?
        var hasFailed = false
        for await _ in rings {
            do throws(PostgresError) {
                let news = try await store.news(since: snapshot)
                (snapshot, hasFailed) = (news.snapshot, false)
                if !news.unlocked.isEmpty { tell(news.unlocked) }
            } catch {
                if error == .closed { return }
                if !hasFailed {
                    log.warning("unlocked achievements were not read", ["reason": .string(error.description)])
                }
                hasFailed = true
                // Listening begins again, and rings, when Postgres is back; not if it was never away.
                try? await Task.sleep(for: .seconds(1))
                bell.yield()
            }
        }
    }

    private func tell(_ news: [(user: UserID, achievement: UnlockedAchievement)]) {
        for shelf in shelves { shelf.loop.execute { shelf.tell(news) } }
    }

    func opened(_ peer: any StreamPeer) {
        guard let user = peer.user?.id else { return }
        sessions.wrappingAdd(1, ordering: .relaxed)
        shelves[peer.loop.index].add(peer, of: user)
    }

    func closed(_ peer: any StreamPeer) {
        guard let user = peer.user?.id else { return }
        sessions.wrappingSubtract(1, ordering: .relaxed)
        shelves[peer.loop.index].remove(peer, of: user)
    }
}

/// The sessions of people on one loop. `@unchecked Sendable`: references may be held anywhere, methods are called on `loop`.
private final class SessionShelf: @unchecked Sendable {
    let loop: Loop
    private var sessions: [UserID: [any StreamPeer]] = [:]

    init(loop: Loop) { self.loop = loop }

    func add(_ peer: any StreamPeer, of user: UserID) { sessions[user, default: []].append(peer) }

    func remove(_ peer: any StreamPeer, of user: UserID) {
        sessions[user]?.removeAll { $0 === peer }
        if sessions[user]?.isEmpty == true { sessions[user] = nil }
    }

    func tell(_ news: [(user: UserID, achievement: UnlockedAchievement)]) {
        for (user, achievement) in news {
            guard let peers = sessions[user] else { continue }
            let message = SharedMessage { bytes in
                HubMessageEncoder.achievement(
                    HubMessage.Achievement(
                        code: achievement.code, name: achievement.name, description: achievement.description,
                        unlockedAt: achievement.unlockedAt), to: &bytes)
            }
            for peer in peers { _ = peer.deliver(message) }
        }
    }
}
