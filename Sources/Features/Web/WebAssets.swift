internal import FeatureKit

/// The page's own files, compiled in.
enum WebAssets {
    static let document = PackageResources.index_html

    /// What the document loads, but for Leaflet.
    static let files: [StaticFile] = [
        StaticFile("app.css", PackageResources.app_css),
        StaticFile("leaflet-licence.txt", PackageResources.leaflet_licence_txt),
        StaticFile("icon.svg", PackageResources.icon_svg),
        StaticFile("app.js", PackageResources.app_js),
        StaticFile("api.js", PackageResources.api_js),
        StaticFile("dom.js", PackageResources.dom_js),
        StaticFile("strings.en.js", PackageResources.strings_en_js),
        StaticFile("format.js", PackageResources.format_js),
        StaticFile("settings.js", PackageResources.settings_js),
        StaticFile("signin.js", PackageResources.signin_js),
        StaticFile("stream.js", PackageResources.stream_js),
        StaticFile("members.js", PackageResources.members_js),
        StaticFile("map.js", PackageResources.map_js),
        StaticFile("outlines.js", PackageResources.outlines_js),
        StaticFile("panel.js", PackageResources.panel_js),
        StaticFile("chat.js", PackageResources.chat_js),
        StaticFile("talks.js", PackageResources.talks_js),
        StaticFile("groups.js", PackageResources.groups_js),
        StaticFile("position.js", PackageResources.position_js),
        StaticFile("history.js", PackageResources.history_js),
        StaticFile("share.js", PackageResources.share_js),
        StaticFile("shared.js", PackageResources.shared_js),
    ]
}
