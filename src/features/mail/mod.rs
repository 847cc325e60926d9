//! The outbox for platform admins: what was mailed to whom, what became of it, how it looks; to send again.
//!
//! Routes: `/admin/mail`, `/admin/mail/{mail}`, and its HTML for a frame at `/admin/mail/{mail}/html` (edge/mail.rs); function `mail/send-again`.

pub mod list;
pub mod one;
pub mod server;

use crate::domain::job::MailState;

/// Shape and colour of a state.
fn class(state: MailState) -> &'static str {
    match state {
        MailState::Waiting => "state wait",
        MailState::Sent | MailState::Kept => "state ok",
        MailState::Bounced | MailState::Failed => "state over",
        MailState::Cancelled => "state idle",
    }
}
