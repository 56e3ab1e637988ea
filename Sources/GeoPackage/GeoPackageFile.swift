internal import CSQLite
internal import Glibc

/// A GeoPackage (OGC 12-128r19), read through SQLite. Blocks the thread; confined to whoever made it.
///
/// The file is a stranger's: it is opened for reading alone, nothing its schema says is run, and its size, its values and
/// its features are bounded.
@safe package struct GeoPackageFile: ~Copyable {
    private let database: OpaquePointer
    private let limits: GeoPackageLimits

    /// - Throws: ``GeoPackageError``.
    package init(path: String, limits: GeoPackageLimits = GeoPackageLimits()) throws(GeoPackageError) {
        try GeoPackageFile.inspect(path, limits)
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(path, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
        guard let opened = unsafe opened else { throw .unreadable }
        guard code == SQLITE_OK else {
            unsafe sqlite3_close_v2(opened)
            throw .unreadable
        }
        unsafe CSQLite_distrust(opened)
        unsafe sqlite3_limit(opened, SQLITE_LIMIT_LENGTH, CInt(limits.valueBytes))
        unsafe database = unsafe opened
        self.limits = limits
    }

    deinit { unsafe sqlite3_close_v2(database) }

    /// Its first hundred bytes say whether it is one, and how long it should be.
    private static func inspect(_ path: String, _ limits: GeoPackageLimits) throws(GeoPackageError) {
        // Not to wait for whoever writes to what turns out to be a pipe.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .unreadable }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .unreadable }
        let size = Int(status.st_size)
        guard size <= limits.fileBytes else { throw .tooLarge(bytes: size) }
        var header = [UInt8](repeating: 0, count: 100)
        let count = unsafe header.withUnsafeMutableBytes { unsafe pread(file, $0.baseAddress, $0.count, 0) }
        guard count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else { throw .otherFormat }
        let word: (Int) -> Int = { offset in header[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        // `GPKG`, or `GP10` and `GP11` of older versions.
        guard [0x4750_4B47, 0x4750_3130, 0x4750_3131].contains(word(68)) else { throw .otherFormat }
        let page = Int(header[16]) << 8 | Int(header[17])
        guard size >= (page == 1 ? 65_536 : page) * word(28) else { throw .damaged }
    }

    /// The features of a layer by their ids, one at a time.
    ///
    /// - Parameters:
    ///   - layer: A table's name.
    ///   - columns: Columns of text.
    ///   - body: Takes a feature; what it throws ends the reading.
    /// - Throws: ``GeoPackageError``.
    package func read(
        layer: String, columns: [String], _ body: (MapFeature) throws(GeoPackageError) -> Void
    ) throws(GeoPackageError) {
        let kind = try unsafe Statement(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1", on: database, or: .damaged)
        kind.bind(layer)
        guard try kind.step() else { throw .missing(layer: layer) }
        let names = (["fid", "geom"] + columns).map(GeoPackageFile.quoted).joined(separator: ", ")
        let rows = try unsafe Statement(
            "SELECT \(names) FROM \(GeoPackageFile.quoted(layer)) ORDER BY 1 LIMIT \(limits.features + 1)",
            on: database,
            or: .missing(layer: layer))
        var count = 0
        while try rows.step() {
            count += 1
            guard count <= limits.features else { throw .tooLarge(bytes: limits.fileBytes) }
            let id = rows.integer(0)
            let polygons: [Polygon]
            do throws(GeometryFault) {
                polygons = try GeometryReader.polygons(rows.bytes(1))
            } catch {
                throw .geometry(feature: id, error)
            }
            try body(MapFeature(id: id, texts: columns.indices.map { rows.text($0 + 2) }, polygons: polygons))
        }
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
