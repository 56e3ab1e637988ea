import Foundation
import PackagePlugin

/// Compiles a target's texts in: every file of its folder that is no source, such as a migration or a page's script, becomes a
/// `String` of the enum `PackageResources`, by the program `embed-texts`.
///
/// A change of this file is not seen by a build that has run it before (SwiftPM 6936); one of `embed-texts` is.
///
/// SwiftPM's own `.embedInCode` makes an array literal of the bytes, and the compiler looks at each of them.
@main
struct EmbedTexts: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let target = target as? any SourceModuleTarget else { return [] }
        // SwiftPM hands over what it leaves out itself, too: the pages of documentation.
        let folder = target.directoryURL.pathComponents.count
        let texts = target.sourceFiles.filter { $0.type == .unknown }.map(\.url)
            .filter { !$0.pathComponents.dropFirst(folder).contains { $0.hasSuffix(".docc") } }
            .sorted { $0.path < $1.path }
        let output = context.pluginWorkDirectoryURL.appending(path: "PackageResources.swift")
        return [
            .buildCommand(
                displayName: "Embedding texts of \(target.name)",
                executable: try context.tool(named: "embed-texts").url,
                arguments: [output.path] + texts.map(\.path),
                inputFiles: texts, outputFiles: [output])
        ]
    }
}
