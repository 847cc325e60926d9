//! Sending: one mail, over SMTP, with nothing of the database held meanwhile.

use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use url::Url;

use super::Failure;
use crate::domain::email::Email;
use crate::store::Store;
use crate::store::jobs::Claimed;
use crate::store::mail::{Delivery, Outgoing};

/// How long a mail server may take for one answer, and for one mail; a lease lasts two minutes.
const ANSWER: Duration = Duration::from_secs(15);
const WHOLE: Duration = Duration::from_secs(60);

/// How mail leaves this server. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    smtp: Option<AsyncSmtpTransport<Tokio1Executor>>,
    from: Address,
    /// Where links lead.
    base_url: Url,
}

/// What is wrong with the address of the mail server, or with the sender's. Says nothing of passwords.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    #[error("TENANTRY_SMTP_URL: the mail server cannot be used: {0}")]
    Server(SmtpError),
    #[error("TENANTRY_MAIL_FROM: `{0}` is not an address that mail can be sent from")]
    From(String),
}

impl Mailer {
    /// Without `smtp_url` nothing is sent: mails are kept for the console.
    pub fn new(smtp_url: Option<&str>, from: &Email, base_url: Url) -> Result<Self, MailerError> {
        let smtp = match smtp_url {
            Some(url) => {
                Some(AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(MailerError::Server)?.timeout(Some(ANSWER)).build())
            }
            None => None,
        };
        let from = from.as_str().parse().map_err(|_| MailerError::From(from.to_string()))?;
        Ok(Self { smtp, from, base_url })
    }

    /// The whole message: typed headers, text and HTML. Its id is the mail's own, so that one that is sent twice is known for the same.
    fn message(&self, store: &Store, mail: &Outgoing) -> Result<Message, String> {
        let written = store.write_out(&mail.letter, &mail.brand, &self.base_url, mail.home.as_ref(), true);
        let to: Address =
            mail.recipient.as_str().parse().map_err(|_| format!("{} is not an address that mail can be sent to", mail.recipient))?;
        Message::builder()
            .from(Mailbox::new(Some(written.sender), self.from.clone()))
            .to(Mailbox::new(None, to))
            .subject(written.subject)
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.domain())))
            .date(SystemTime::from(mail.posted_at))
            // RFC 3834: nobody's "I am on holiday" comes back.
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(written.text, written.html))
            .map_err(|cause| format!("the message cannot be written: {cause}"))
    }
}

/// Sends the mail of a job, and marks what became of it.
pub(super) async fn deliver(store: &Store, mailer: &Mailer, job: &Claimed) -> Result<(), Failure> {
    let mail = store.outgoing_mail(job).await?;
    if mail.letter.expires_at().is_some_and(|end| end <= mail.now) {
        return Err(Failure::ForGood("its link ran out before it could be sent"));
    }
    let delivery = match &mailer.smtp {
        None => Delivery::Kept,
        Some(smtp) => {
            let message = match mailer.message(store, &mail) {
                Ok(message) => message,
                Err(why) => return Ok(store.settle_mail(job, &Delivery::Bounced(why)).await?),
            };
            match tokio::time::timeout(WHOLE, smtp.send(message)).await {
                Ok(Ok(taken)) => Delivery::Sent(format!("{} {}", taken.code(), taken.message().collect::<Vec<_>>().join(" "))),
                Ok(Err(refused)) if is_final(&refused) => Delivery::Bounced(refused.to_string()),
                Ok(Err(refused)) => return Err(Failure::Later(refused.to_string())),
                Err(_elapsed) => return Err(Failure::Later("the mail server did not finish in time".to_owned())),
            }
        }
    };
    Ok(store.settle_mail(job, &delivery).await?)
}

/// A refusal of this mail, 5xx. Of those, 530 to 538 are about the login that is configured here, which somebody will put right.
fn is_final(error: &SmtpError) -> bool {
    error.is_permanent() && error.status().is_some_and(|code| !(530..540).contains(&u16::from(code)))
}
