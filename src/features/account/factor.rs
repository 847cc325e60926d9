//! The second factor: none yet, being set up, or there; and recovery codes, shown once.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::factor::{BeginFactor, ConfirmFactor, RemoveFactor, RenewCodes};
use crate::domain::quantity::plural;
use crate::domain::second_code::RecoveryCode;
use crate::domain::totp::TotpSecret;
use crate::store::PublicTx;
use crate::store::access::SignedIn;
use crate::store::second_factor::SecondFactor;
use crate::ui::field::{FormMessage, TextField};
use crate::ui::qr::Qr;
use crate::ui::text::Notice;
use crate::ui::time::OnDay;
use crate::web::form::Form;
use crate::web::{PageError, shown_once};

/// What the section shows, read in one go.
pub struct FactorState {
    factor: Option<SecondFactor>,
    setup: Option<TotpSecret>,
    /// Shown with this answer and never again.
    codes: Vec<RecoveryCode>,
}

impl FactorState {
    pub async fn read(tx: &mut PublicTx, me: &SignedIn) -> Result<Self, PageError> {
        let factor = tx.find_second_factor(me).await?;
        let setup = if factor.is_none() { tx.find_second_factor_setup(me).await? } else { None };
        let codes = shown_once::take_codes().unwrap_or_default();
        // A cookie can come from anywhere.
        let own = !codes.is_empty() && tx.are_recovery_codes_of(me, &codes).await?;
        Ok(Self { factor, setup, codes: if own { codes } else { Vec::new() } })
    }
}

/// `needed` is the name of the tenant that sent the person here.
pub fn second_factor(state: FactorState, me: &SignedIn, done: &str, needed: Option<String>) -> impl IntoView + use<> {
    let codes = (!state.codes.is_empty()).then(|| codes(&state.codes));
    let needed = needed.filter(|_| state.factor.is_none()).map(|tenant| {
        let text = " asks everybody for a second factor. Set one up here, then open it again.";
        view! { <div class="banner near" role="status"><span><b><bdi>{tenant}</bdi></b>{text}</span></div> }
    });
    let word = match (&state.factor, &state.setup) {
        (Some(_), _) => view! { <span class="tag ok">"on"</span> }.into_any(),
        (None, _) => view! { <span class="tag">"off"</span> }.into_any(),
    };
    let body = match (state.factor, state.setup) {
        (Some(factor), _) => there(factor, done).into_any(),
        (None, Some(secret)) => set_up(&secret, me).into_any(),
        (None, None) => none(done).into_any(),
    };
    view! {
        <section class="card pad stack" id="second-factor">
            <div class="row"><h2>"Second factor"</h2>{word}</div>
            {needed}
            {codes}
            {body}
        </section>
    }
}

fn none(done: &str) -> impl IntoView + use<> {
    let form = Form::of::<BeginFactor>();
    view! {
        {(done == "factor-off" && !form.failed()).then(|| view! { <Notice kind="ok">"Turned off. Your password alone signs you in."</Notice> })}
        <p>"Who learns your password still cannot sign in: an app on your phone shows a code that is asked for besides. Any authenticator app works."</p>
        <FormMessage message=form.message() />
        <form class="form" method="post" action=BeginFactor::PATH>
            <TextField
                name="factor_password"
                label="Your password"
                kind="password"
                autocomplete="current-password"
                error=form.error("factor_password")
                focus=form.error("factor_password").is_some()
            />
            <div class="actions"><button class="btn pri">"Set up a second factor"</button></div>
        </form>
    }
}

fn set_up(secret: &TotpSecret, me: &SignedIn) -> impl IntoView + use<> {
    let form = Form::of::<ConfirmFactor>();
    view! {
        <p>"Scan this with your authenticator app, or type the key into it. Then enter the code that the app shows."</p>
        <div class="setup">
            <Qr text=secret.uri(me.email()) label="QR code for your authenticator app; the key beside says the same" />
            <dl class="facts">
                <dt>"Key"</dt><dd><code>{secret.text()}</code></dd>
                <dt>"Kind"</dt><dd>"by time, 6 digits, SHA-1"</dd>
            </dl>
        </div>
        <FormMessage message=form.message() />
        <form class="form" method="post" action=ConfirmFactor::PATH>
            <TextField
                name="first_code"
                label="Code"
                autocomplete="one-time-code"
                inputmode="numeric"
                hint="The 6 digits that the app shows now."
                error=form.error("first_code")
                focus=true
            />
            <div class="actions"><button class="btn pri">"Turn on"</button></div>
        </form>
    }
}

fn there(factor: SecondFactor, done: &str) -> impl IntoView + use<> {
    let (renew, remove) = (Form::of::<RenewCodes>(), Form::of::<RemoveFactor>());
    let form = if renew.failed() { renew } else { remove };
    let notice = match done {
        _ if form.failed() => None,
        "factor" => Some("Turned on. From now on signing in asks for a code; all other browsers are signed out."),
        "codes" => Some("The old recovery codes work no more."),
        "recovered" => Some(
            "You are signed in with a recovery code. If your phone is gone, turn the second factor off here, with another recovery code, and set it up anew.",
        ),
        _ => None,
    };
    let few = factor.codes_left <= 2;
    let left = plural(factor.codes_left, "recovery code is left", "recovery codes are left");
    view! {
        {notice.map(|text| view! { <Notice kind="ok">{text}</Notice> })}
        <p>
            "Signing in asks for a code of your app, since "<OnDay at=factor.since />". "
            <span class=if few { "t-near" } else { "" }>{left}{if few { ": make new ones." } else { "." }}</span>
        </p>
        <FormMessage message=form.message() />
        <form class="form" method="post" action=RenewCodes::PATH>
            <TextField
                name="own_password"
                label="Your password"
                kind="password"
                autocomplete="current-password"
                error=form.error("own_password")
                focus=form.error("own_password").is_some()
            />
            <TextField
                name="own_code"
                label="Code"
                autocomplete="one-time-code"
                hint="Of the app, or a recovery code."
                error=form.error("own_code")
                focus=form.error("own_code").is_some()
            />
            <div class="actions">
                <button class="btn">"Make new recovery codes"</button>
                <button class="btn danger" formaction=RemoveFactor::PATH>"Turn off"</button>
            </div>
        </form>
    }
}

fn codes(codes: &[RecoveryCode]) -> impl IntoView + use<> {
    let rows = codes.iter().map(|code| view! { <li><code>{code.to_string()}</code></li> }).collect_view();
    view! {
        <div class="notice ok" role="status">
            <div>
                <b>"Your recovery codes."</b>
                " They are shown this once. Keep them where you keep passwords, or print them: each signs you in once when your phone is away."
            </div>
            <ul class="codes" aria-label="Recovery codes">{rows}</ul>
        </div>
    }
}
