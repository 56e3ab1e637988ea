internal import Configuration

/// API keys: every one is asked for again before it is let in, and sessions whose key was revoked end.
struct KeysReload: Reloadable {
    let upkeep: HubUpkeep

    let name = "API keys"
    let settings: Set<String> = []

    func reload(_ configuration: HubConfiguration) async { await upkeep.checkKeys() }
}
