//! `/admin/go/help`: the grammar, from the code that reads it.

use leptos::prelude::*;

use super::vocabulary;
use crate::domain::command::{RULES, Rule, Vocabulary};
use crate::domain::listing::encode;
use crate::domain::staff::StaffRole;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context};

pub fn go_help_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let role = me.staff().map_or(StaffRole::ReadOnly, |staff| staff.role);
        let mut read = Context::get().store.platform_read(&admin).await?;
        let words = vocabulary(&mut read, role).await?;
        Ok(console(&me, "What can be said", "/admin/go", body(&words).into_any()))
    })
}

fn rule(rule: &'static Rule) -> impl IntoView {
    let forms = rule.forms.iter().map(|form| view! { <li><code>{*form}</code></li> }).collect_view();
    view! {
        <section class="card pad stack">
            <h2>{rule.does}</h2>
            <p>"For example: "<a href=format!("/admin/go?q={}", encode(rule.example))>{rule.example}</a></p>
            <ul class="forms">{forms}</ul>
        </section>
    }
}

fn body(words: &Vocabulary) -> impl IntoView + use<> {
    let plans = words.plans.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>().join(", ");
    let meters = words.meters.iter().map(|meter| meter.key.as_str()).collect::<Vec<_>>().join(", ");
    let pages = words.pages.iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>().join(", ");
    view! {
        <div class="head">
            <div class="grow"><h1>"What can be said"</h1><p><a href="/admin/go">"Go to or do something"</a></p></div>
        </div>
        <section class="card pad stack">
            <p>
                <code>"a|b"</code>" is either word, "<code>"[a]"</code>" may be left out, "<code>"{tenant}"</code>" is filled in. Names of several words may stand in quotation marks; “please” and “the” are looked over. Nothing is changed before you have seen what it means and confirmed it."
            </p>
            <dl class="facts">
                <dt><code>"{tenant}"</code></dt><dd>"a slug, or a name"</dd>
                <dt><code>"{plan}"</code></dt><dd>{plans}</dd>
                <dt><code>"{meter}"</code></dt><dd>{meters}</dd>
                <dt><code>"{amount}"</code></dt><dd>"5,000 or 1.5 M; 100 GB of storage; unlimited"</dd>
                <dt><code>"{page}"</code></dt><dd>{pages}</dd>
            </dl>
        </section>
        {RULES.iter().map(rule).collect_view()}
    }
}
