import Foundation
import Glibc

/// The file of profiles, readable by its owner alone.
struct ProfileStore: Sendable {
    /// `$XDG_CONFIG_HOME/presence-hub/profiles.json`, or the same under `~/.config`.
    let path: String

    init(path: String) { self.path = path }

    init(environment: [String: String]) {
        let configured = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let home = environment["HOME"] ?? NSHomeDirectory()
        path = (configured ?? home + "/.config") + "/presence-hub/profiles.json"
    }

    /// What is stored; no profiles if there is no file.
    ///
    /// - Throws: ``ExitCode/badData`` for a file that cannot be read, is not profiles, or that others may read.
    func load() throws(CommandFailure) -> Profiles {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return Profiles() }
        let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
        guard mode & 0o077 == 0 else {
            throw .badData("\(path) holds keys and others may read it; run 'chmod 600 \(path)'")
        }
        guard let data = FileManager.default.contents(atPath: path) else { throw .badData("cannot read \(path)") }
        guard let profiles = try? JSONDecoder().decode(Profiles.self, from: data) else {
            throw .badData("\(path) is damaged; mend or remove it")
        }
        return profiles
    }

    /// Replaces the file at once, so that a crash leaves the old or the new one. The new file is made with mode 0600
    /// before anything is written to it.
    func save(_ profiles: Profiles) throws(CommandFailure) {
        let folder = (path as NSString).deletingLastPathComponent
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try write(try encoder.encode(profiles))
        } catch {
            throw CommandFailure(.fault, "cannot write \(path): \(Self.reason(error))")
        }
    }

    private func write(_ data: Data) throws {
        let temporary = "\(path).\(getpid())"
        unsafe unlink(temporary)
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        do {
            let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            try file.write(contentsOf: data)
            try file.synchronize()
            try file.close()
            guard unsafe rename(temporary, path) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        } catch {
            unsafe unlink(temporary)
            throw error
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? POSIXError else { return (error as NSError).localizedDescription }
        return unsafe String(cString: strerror(error.code.rawValue))
    }
}
