internal import Model
internal import Telemetry

/// What the actors of one loop share.
///
/// Confined to its loop: references may be held anywhere, what is not constant is touched on the loop only.
@safe final class LiveServices: @unchecked Sendable {
    let limits: LiveLimits
    let journal: any FixJournal
    let encoder: any GroupEncoder
    let clock: any LiveClock
    let scheduler: any LiveScheduler
    let ticker: FanoutTicker
    /// Devices whose grace may be over.
    let lapses: WheelTimer<DeviceActor>
    /// In milliseconds.
    let lastSeenResolution: Int64
    let meters = LiveMeters()
    /// The loop's, while there is tracing.
    let tracer: LoopTracer?
    let listings: ListingCache
    /// Empty but while a group tells who moved: one memory for all groups.
    var positions: [LivePosition] = []

    /// The scheduler's; `scheduler` keeps it alive.
    let executor: UnownedSerialExecutor

    init(
        limits: LiveLimits, journal: any FixJournal, encoder: any GroupEncoder, clock: any LiveClock,
        scheduler: any LiveScheduler, tracer: LoopTracer? = nil
    ) {
        self.limits = limits
        self.tracer = tracer
        self.journal = journal
        self.encoder = encoder
        self.clock = clock
        self.scheduler = scheduler
        listings = ListingCache(capacity: limits.keptListings)
        lastSeenResolution = limits.lastSeenResolution.milliseconds
        unsafe executor = scheduler.executor.asUnownedSerialExecutor()
        ticker = FanoutTicker(tick: limits.tick, on: scheduler)
        let grace = limits.offlineGrace.milliseconds
        lapses = WheelTimer(on: scheduler, horizon: grace, resolution: min(max(grace / 100, 1), 100)) { devices in
            for device in devices { device.assumeIsolated { $0.graceMayBeOver() } }
        }
    }
}
