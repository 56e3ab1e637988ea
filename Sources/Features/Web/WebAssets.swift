internal import FeatureKit

/// The pages' own files, compiled in.
enum WebAssets {
    static let document = PackageResources.index_html
    static let administration = PackageResources.admin_html

    /// What the documents load, but for Leaflet.
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
        StaticFile("providers.js", PackageResources.providers_js),
        StaticFile("stream.js", PackageResources.stream_js),
        StaticFile("packed.js", PackageResources.packed_js),
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
        StaticFile("admin.css", PackageResources.admin_css),
        StaticFile("admin.js", PackageResources.admin_js),
        StaticFile("admin-api.js", PackageResources.admin_api_js),
        StaticFile("admin-chart.js", PackageResources.admin_chart_js),
        StaticFile("admin-format.js", PackageResources.admin_format_js),
        StaticFile("admin-history.js", PackageResources.admin_history_js),
        StaticFile("admin-lists.js", PackageResources.admin_lists_js),
        StaticFile("admin-overview.js", PackageResources.admin_overview_js),
        StaticFile("admin-strings.en.js", PackageResources.admin_strings_en_js),
    ]
}
