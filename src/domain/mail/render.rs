//! A letter as text and as HTML. The HTML is what mail programs understand: one table, inline styles, no image, no script.

use maud::{DOCTYPE, html};

use super::Letter;
use super::Templates;
use super::content::one_line;
use crate::domain::color::{accent_style, ink_on};

/// Whose letter it is. The one place where a tenant's branding comes into its mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// Of the tenant, or of the platform.
    pub name: String,
    /// `#rrggbb`
    pub accent: String,
    /// Words of its own.
    pub templates: Templates,
}

impl Default for Brand {
    /// The platform's own.
    fn default() -> Self {
        Self { name: "Tenantry".to_owned(), accent: "#3b5bdb".to_owned(), templates: Templates::default() }
    }
}

/// A letter written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub subject: String,
    /// Whose mail it is, for the header `From`.
    pub sender: String,
    pub text: String,
    pub html: String,
    /// Where its button leads, when that is not withheld.
    pub link: Option<String>,
}

/// Stands where a one-time link is not shown.
const WITHHELD: &str = "The link went to the recipient only.";

const BODY: &str = "margin:0;padding:24px 12px;background:#f4f5f7;color:#14181f;\
    font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const CARD: &str = "max-width:560px;margin:0 auto;background:#ffffff;border:1px solid #e1e4e8;border-radius:12px";
const BRAND: &str = "padding:24px 28px 0;font-weight:600;font-size:15px";
const MAIN: &str = "padding:8px 28px 24px";
const TITLE: &str = "margin:12px 0 16px;font-size:22px;line-height:1.3;font-weight:600";
const SMALL: &str = "margin:8px 0;font-size:14px;color:#57606a";

impl Letter {
    /// Written out in a tenant's branding. `link` is the whole address behind its button; without one a secret link is said to be withheld.
    pub fn write(&self, brand: &Brand, link: Option<&str>) -> Mail {
        let content = self.content_for(brand);
        let button = content.button.as_deref().and_then(|label| Some((label, link?)));
        let withheld = (link.is_none() && self.has_secret()).then_some(WITHHELD);

        let mut text: Vec<String> = content.paragraphs.clone();
        text.extend(button.map(|(label, link)| format!("{label}:\n{link}")));
        text.extend(withheld.map(str::to_owned));
        text.extend(content.after.iter().cloned());
        text.push(format!("-- \n{}", brand.name));

        // The database takes no other accent; what is not one is not put into a style.
        let accent = if accent_style(&brand.accent).is_some() { brand.accent.clone() } else { Brand::default().accent };
        let mark = format!("display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:8px;background:{accent}");
        let link_style = format!(
            "display:inline-block;padding:10px 18px;border-radius:8px;background:{accent};color:{};font-weight:600;text-decoration:none",
            ink_on(&accent)
        );
        let html = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light";
                    title { (content.subject) }
                }
                body style=(BODY) {
                    table role="presentation" width="100%" cellpadding="0" cellspacing="0" style=(CARD) {
                        tr { td style=(BRAND) { span style=(mark) {} bdi { (brand.name) } } }
                        tr {
                            td style=(MAIN) {
                                h1 style=(TITLE) { (content.subject) }
                                @for paragraph in &content.paragraphs { p style="margin:12px 0;white-space:pre-line" { (paragraph) } }
                                @if let Some((label, link)) = button {
                                    p style="margin:24px 0" { a href=(link) target="_blank" rel="noopener" style=(link_style) { (label) } }
                                    p style=(SMALL) { "If the button does not work, open this address:" br; span style="word-break:break-all" { (link) } }
                                }
                                @if let Some(withheld) = withheld { p style=(SMALL) { i { (withheld) } } }
                                @for line in &content.after { p style=(SMALL) { (line) } }
                            }
                        }
                    }
                }
            }
        };
        let link = link.map(str::to_owned);
        Mail { subject: content.subject, sender: one_line(&brand.name), text: text.join("\n\n") + "\n", html: html.into_string(), link }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::domain::mail::{Notice, PageLink};
    use crate::domain::role::Role;

    fn invite(tenant: &str) -> Letter {
        Letter::Invite {
            invite: Uuid::nil(),
            tenant: tenant.to_owned(),
            role: Role::Admin,
            invited_by: "Olga".to_owned(),
            expires_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_letter_is_text_and_html_with_one_link() {
        let mail = invite("Acme").write(&Brand::default(), Some("https://tenants.example/invite/abc"));
        assert_eq!(mail.subject, "Join Acme");
        assert!(mail.text.contains("Olga invites you to Acme, as admin.\n\nAccept the invite:\nhttps://tenants.example/invite/abc\n\n"));
        assert!(mail.html.contains(r#"href="https://tenants.example/invite/abc""#) && mail.html.contains("background:#3b5bdb"));
    }

    #[test]
    fn names_are_escaped_and_subjects_are_one_line() {
        let brand = Brand { name: "<b>Evil</b>".to_owned(), accent: "red;background:url(//evil.example)".to_owned(), ..Brand::default() };
        let mail = invite("<script>\r\nBcc: x@evil.example").write(&brand, None);
        assert_eq!(mail.subject, "Join <script> Bcc: x@evil.example");
        for hostile in ["<script>", "<b>", "url("] {
            assert!(!mail.html.contains(hostile), "{hostile} in {}", mail.html);
        }
    }

    #[test]
    fn a_tenants_own_words_stand_around_our_link_and_small_print() {
        let mut brand = Brand { name: "Acme <b>".to_owned(), ..Brand::default() };
        brand.templates.invite.subject = Some("{{tenant}} wants you".to_owned());
        brand.templates.invite.body = Some("Dear friend,\n\n{{invited_by}} waits.\nCome <i>soon</i>.".to_owned());
        let mail = invite("Acme").write(&brand, Some("https://tenants.example/invite/abc"));
        assert_eq!(mail.subject, "Acme <b> wants you");
        assert!(
            mail.text.starts_with(
                "Dear friend,\n\nOlga waits.\nCome <i>soon</i>.\n\nAccept the invite:\nhttps://tenants.example/invite/abc\n\n"
            )
        );
        assert!(mail.text.contains("The link works once"), "how long it works is always said");
        assert!(mail.html.contains("Come &lt;i&gt;soon&lt;/i&gt;.") && mail.html.contains(r#"href="https://tenants.example/invite/abc""#));
    }

    #[test]
    fn a_secret_link_that_is_not_shown_is_said_to_be_withheld() {
        let mail = invite("Acme").write(&Brand::default(), None);
        assert!(mail.text.contains(WITHHELD) && mail.html.contains(WITHHELD) && !mail.html.contains("href="));
        let page = Some(PageLink { label: "Open it".to_owned(), path: "/t/acme".to_owned() });
        let told = Letter::Notice(Notice { subject: "Told".to_owned(), paragraphs: vec!["Once.".to_owned()], page });
        assert!(!told.write(&Brand::default(), None).text.contains(WITHHELD));
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let letter = invite("Acme");
        let stored = serde_json::to_value(&letter).expect("JSON");
        assert_eq!(stored["kind"], letter.kind());
        assert_eq!(serde_json::from_value::<Letter>(stored).expect("a letter"), letter);
    }
}
