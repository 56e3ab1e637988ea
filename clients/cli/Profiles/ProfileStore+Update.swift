import Foundation

extension ProfileStore {
    /// Changes what is stored, alone: another hubctl that wants to waits until `body` is through and the file written.
    ///
    /// - Returns: What `body` returned.
    func update<Value>(_ body: (inout Profiles) throws(CommandFailure) -> Value) throws(CommandFailure) -> Value {
        try makeFolder()
        return try ProfileLock.holding(path + ".lock") { () throws(CommandFailure) -> Value in
            let before = try load()
            var profiles = before
            let value = try body(&profiles)
            if profiles != before { try save(profiles) }
            return value
        }
    }

    private func makeFolder() throws(CommandFailure) {
        let folder = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure(.fault, "cannot make \(folder)")
        }
    }
}
