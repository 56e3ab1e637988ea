package import Telemetry

/// What the live state of one loop counts: the loop writes, any thread reads. ``LiveCounters`` says what each means.
package final class LiveMeters: Sendable {
    let groups = LocalCount()
    let devices = LocalCount()
    let observers = LocalCount()
    let sessions = LocalCount()
    let loads = LocalCount()
    let loadFailures = LocalCount()
    let unloads = LocalCount()
    let liveReports = LocalCount()
    let lateReports = LocalCount()
    let frames = LocalCount()
    let deliveries = LocalCount()
    let stalls = LocalCount()
    let conflated = LocalCount()

    init() {}

    /// All of them; of one moment only if read on the loop.
    package var counters: LiveCounters {
        var counters = LiveCounters()
        counters.groups = groups.value
        counters.devices = devices.value
        counters.observers = observers.value
        counters.sessions = sessions.value
        counters.loads = loads.value
        counters.loadFailures = loadFailures.value
        counters.unloads = unloads.value
        counters.liveReports = liveReports.value
        counters.lateReports = lateReports.value
        counters.frames = frames.value
        counters.deliveries = deliveries.value
        counters.stalls = stalls.value
        counters.conflated = conflated.value
        return counters
    }

    /// Shows what this loop counts, beside what others do.
    package func register(in registry: MetricsRegistry) {
        registry.gauge("hub_groups", help: "Groups in memory.").adopt(groups)
        registry.gauge("hub_devices", help: "Devices in memory, the members of those groups.").adopt(devices)
        registry.gauge("hub_device_sessions", help: "Sessions that speak as a device.").adopt(sessions)
        registry.gauge(
            "hub_watchers", help: "Watchers of all groups; those of another loop count as one for each group."
        )
        .adopt(observers)
        registry.counter("hub_group_loads_total", help: "Groups asked of the database.").adopt(loads)
        registry.counter("hub_group_load_failures_total", help: "Groups the database did not give.")
            .adopt(loadFailures)
        registry.counter("hub_group_unloads_total", help: "Groups that left memory because nobody used them.")
            .adopt(unloads)
        let reports = registry.counters(
            "hub_reports_total",
            help: "Reports of devices: live ones moved a position, late ones were older than it. A batch is one.",
            labels: ["result"])
        reports.with("live").adopt(liveReports)
        reports.with("late").adopt(lateReports)
        registry.counter("hub_fanout_frames_total", help: "Frames made for all who watch a group.").adopt(frames)
        registry.counter("hub_fanout_deliveries_total", help: "Those frames as often as a watcher took one.")
            .adopt(deliveries)
        registry.counter(
            "hub_conflated_positions_total", help: "Live positions that a newer one replaced before they were sent."
        ).adopt(conflated)
        registry.counter(
            "hub_slow_readers_total", help: "Times that a watcher fell behind, to get the newest state later."
        ).adopt(stalls)
    }
}
