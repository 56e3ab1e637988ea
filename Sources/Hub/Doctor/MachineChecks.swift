internal import Configuration

/// Whether a machine has what a configuration asks of it.
enum MachineChecks {
    static func findings(_ facts: MachineFacts, _ configuration: HubConfiguration) -> [Finding] {
        [
            files(facts, configuration), backlog(facts), memory(facts, configuration), clock(facts),
            directory(facts.data), disk(facts.data),
        ]
    }

    /// Descriptors that are not connections: loops, Postgres, files.
    private static let spareFiles = 100

    private static func files(_ facts: MachineFacts, _ configuration: HubConfiguration) -> Finding {
        let check = "machine.files"
        let needed = configuration.server.maximumConnections + spareFiles
        guard let limit = facts.openFiles else { return unknown(check, "how many files may be open") }
        if limit >= UInt64(needed) { return .ok(check, "\(limit) files may be open, \(needed) are needed") }
        return .warning(
            check, "\(limit) files may be open, server.max_connections needs \(needed)",
            means: "Past some \(max(0, Int(clamping: limit) - spareFiles)) connections new ones are refused.",
            do: "Raise LimitNOFILE= in the unit (ulimit -n, --ulimit nofile), or lower server.max_connections.")
    }

    private static func backlog(_ facts: MachineFacts) -> Finding {
        let check = "machine.backlog"
        guard let backlog = facts.listenBacklog else { return unknown(check, "net.core.somaxconn") }
        if backlog >= 1024 { return .ok(check, "net.core.somaxconn is \(backlog)") }
        return .warning(
            check, "net.core.somaxconn is \(backlog)",
            means: "When many devices connect at once, as after a restart, the kernel drops some of them.",
            do: "sysctl -w net.core.somaxconn=4096, and the same in /etc/sysctl.d.")
    }

    /// What a hub has without any connection.
    private static let baseMemory: UInt64 = 64 << 20
    /// What an idle connection costs, the kernel's part included.
    private static func memoryPerConnection(_ server: ServerConfiguration) -> UInt64 {
        server.usesTLS ? 16 << 10 : 6 << 10
    }

    private static func memory(_ facts: MachineFacts, _ configuration: HubConfiguration) -> Finding {
        let check = "machine.memory"
        guard let total = facts.totalMemory, let available = facts.availableMemory else {
            return unknown(check, "how much memory there is")
        }
        // Its shared buffers, and what its processes have of their own.
        let postgres: UInt64 = configuration.database.url == nil ? 256 << 20 : 0
        let idle = baseMemory + postgres
        let full = idle + UInt64(configuration.server.maximumConnections) * memoryPerConnection(configuration.server)
        let shown = "\(megabytes(available)) MB of \(megabytes(total)) MB are free"
        if total < idle {
            return .error(
                check, shown, means: "The hub needs \(megabytes(idle)) MB before anybody connects.",
                do: "Give it more memory\(postgres > 0 ? ", or a Postgres on another machine (database.url)" : "").")
        }
        if min(total, available) < full {
            return .warning(
                check, shown,
                means: "server.max_connections idle connections may take \(megabytes(full)) MB.",
                do: "Give it more memory, or lower server.max_connections to what is expected.")
        }
        return .ok(check, shown)
    }

    private static func clock(_ facts: MachineFacts) -> Finding {
        let check = "machine.clock"
        switch facts.clock {
        case .synchronized: return .ok(check, "the clock is synchronized")
        case .unknown: return unknown(check, "whether the clock is synchronized")
        case .unsynchronized:
            return .warning(
                check, "the kernel says that the clock is not synchronized",
                means: "A clock that is behind refuses fixes of devices that are right as \"in the future\".",
                do: "Run chrony or systemd-timesyncd; in a container, on its host.")
        }
    }

    private static func directory(_ data: MachineFacts.DataDirectory) -> Finding {
        let check = "machine.data_dir"
        guard data.isWritable else {
            return .error(
                check, "\(data.path) cannot be written",
                means: "The hub keeps its lock, and its own Postgres, there.",
                do: "Give it to the user that the hub runs as, or set data.dir.")
        }
        if data.isWritableByOthers || data.hasForeignOwner {
            return .warning(
                check,
                "\(data.path) \(data.hasForeignOwner ? "belongs to another user" : "can be changed by other users")",
                means: "They can replace the hub's files.", do: "chown it to the hub's user, chmod go-w.")
        }
        return .ok(check, data.exists ? "\(data.path) can be written" : "\(data.path) can be made")
    }

    private static func disk(_ data: MachineFacts.DataDirectory) -> Finding {
        let check = "machine.disk"
        guard let free = data.freeBytes, let total = data.totalBytes, total > 0 else {
            return unknown(check, "how much room there is")
        }
        let shown = "\(megabytes(free)) MB of \(megabytes(total)) MB are free at \(data.path)"
        if free < 256 << 20 {
            return .error(
                check, shown, means: "Postgres stops taking locations when the disk is full.",
                do: "Make room, or move data.dir.")
        }
        if free < 2 << 30 || free < total / 20 {
            return .warning(
                check, shown, means: "A million locations take some 150 MB, and the write-ahead log up to 1 GB.",
                do: "Make room, or keep locations for fewer days (limits.location_retention_days).")
        }
        return .ok(check, shown)
    }

    private static func unknown(_ check: String, _ what: String) -> Finding { .ok(check, "cannot tell \(what)") }

    private static func megabytes(_ bytes: UInt64) -> UInt64 { bytes >> 20 }
}
