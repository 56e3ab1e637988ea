internal import EventLoop
internal import Mail
internal import Telemetry

/// The templates of all mails: built in, or an operator's own.
struct MailTexts: Sendable {
    private struct Text: Sendable {
        let subject: MailTemplate
        let text: MailTemplate
        let html: MailTemplate
    }

    private let texts: [MailPurpose: Text]

    /// - Parameters:
    ///   - read: The content of the operator's file of that name; nothing if there is none. One that is no template is
    ///     logged, and the built-in one stays.
    init(read: (String) -> String?, log: Logger) {
        func template(_ file: String, _ builtIn: String, _ purpose: MailPurpose) -> MailTemplate {
            if let own = read(file) {
                do throws(MailTemplateError) {
                    return try MailTemplate(own, places: purpose.places)
                } catch {
                    log.error(
                        "mail template cannot be used", ["file": .string(file), "reason": .string(error.description)])
                }
            }
            do throws(MailTemplateError) {
                return try MailTemplate(builtIn, places: purpose.places)
            } catch {
                preconditionFailure("the built-in \(file) \(error)")
            }
        }
        texts = Dictionary(
            uniqueKeysWithValues: MailPurpose.allCases.map { purpose in
                let (subject, text, html) = MailTexts.builtIn(purpose)
                return (
                    purpose,
                    Text(
                        subject: template("\(purpose.rawValue).subject", subject, purpose),
                        text: template("\(purpose.rawValue).txt", text, purpose),
                        html: template("\(purpose.rawValue).html", html, purpose))
                )
            })
    }

    /// Subject, text and HTML with the places filled.
    func filled(_ purpose: MailPurpose, with values: [String: String]) -> (subject: String, text: String, html: String)
    {
        guard let text = texts[purpose] else { preconditionFailure("every purpose has its texts") }
        return (
            text.subject.filled(with: values), text.text.filled(with: values),
            text.html.filled(with: values, escaping: .html)
        )
    }

    private static func builtIn(_ purpose: MailPurpose) -> (subject: String, text: String, html: String) {
        switch purpose {
        case .resetPassword:
            (
                PackageResources.reset_password_subject, PackageResources.reset_password_txt,
                PackageResources.reset_password_html
            )
        case .verifyEmail:
            (
                PackageResources.verify_email_subject, PackageResources.verify_email_txt,
                PackageResources.verify_email_html
            )
        case .passwordChanged:
            (
                PackageResources.password_changed_subject, PackageResources.password_changed_txt,
                PackageResources.password_changed_html
            )
        case .providerLinked:
            (
                PackageResources.provider_linked_subject, PackageResources.provider_linked_txt,
                PackageResources.provider_linked_html
            )
        case .providerUnlinked:
            (
                PackageResources.provider_unlinked_subject, PackageResources.provider_unlinked_txt,
                PackageResources.provider_unlinked_html
            )
        case .secondFactorRemoved:
            (
                PackageResources.second_factor_removed_subject, PackageResources.second_factor_removed_txt,
                PackageResources.second_factor_removed_html
            )
        case .notices: (PackageResources.notices_subject, PackageResources.notices_txt, PackageResources.notices_html)
        }
    }
}
