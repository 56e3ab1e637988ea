/// Which hub this is: told by `hubd version`, the health route and the OpenAPI document.
package enum HubVersion {
    package static let current = "0.1.0"
}
