//! `/admin/health/rules`: what raises an alert besides what always does. `/admin/health/rules/new`: one more.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::rule::fields;
use super::server::CreateAlertRule;
use crate::domain::staff::ManageAlertRules;
use crate::store::alert_rules::KeptRule;
use crate::ui::field::FormMessage;
use crate::ui::text::Notice;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

pub fn alert_rules_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let done = query("done").unwrap_or_default();
        let rules = Context::get().store.platform_read(&admin).await?.list_alert_rules().await?;
        Ok(console(&me, "Alert rules", "/admin/health", list(&rules, &done).into_any()))
    })
}

pub fn new_alert_rule_page() -> PageText {
    page(async {
        let (me, _admin) = request::admin_with::<ManageAlertRules>().await?;
        let form = Form::of::<CreateAlertRule>();
        let own = me.email().to_owned();
        Ok(console(&me, "New alert rule", "/admin/health", new(&form, own).into_any()))
    })
}

fn row(kept: &KeptRule) -> impl IntoView + use<> {
    let rule = &kept.rule;
    let (class, word) = match (kept.alerting, kept.value) {
        (true, _) => ("state over", "Alerting"),
        (false, Some(_)) => ("state ok", "Quiet"),
        (false, None) => ("state wait", "Not looked at yet"),
    };
    let value = kept.value.map(|value| rule.metric.amount(value));
    let recipients = rule.recipients.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <a href=format!("/admin/health/rules/{}", kept.id.simple())><bdi>{rule.name.to_string()}</bdi></a>" "<small>{rule.sentence()}</small>
            </td>
            <td role="cell" class="lead"><span class=class>{word}</span></td>
            <td role="cell" class="num" data-label="Last value">{value}</td>
            <td role="cell" class="long" data-label="Tells">{recipients}</td>
        </tr>
    }
}

fn list(rules: &[KeptRule], done: &str) -> impl IntoView + use<> {
    let notice = match done {
        "created" => Some(("The rule is there.", " It is looked at once a minute, first within the next.")),
        "changed" => Some(("The rule is changed.", " An alert that it had raised is over.")),
        "deleted" => Some(("The rule is deleted.", " An alert that it had raised is over.")),
        _ => None,
    };
    let rows = rules.iter().map(row).collect_view();
    let body = match rules.is_empty() {
        true => view! {
            <div class="empty">
                <h2>"No rules yet"</h2>
                <p>"A rule mails you when, say, more than 5 % of requests fail for ten minutes, and once more when that is over."</p>
                <a class="btn pri" href="/admin/health/rules/new">"New rule"</a>
            </div>
        }
        .into_any(),
        false => view! {
            <table role="table">
                <caption class="visually-hidden">"Alert rules, by name"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Rule"</th><th role="columnheader" scope="col">"State"</th>
                    <th role="columnheader" scope="col" class="num">"Last value"</th><th role="columnheader" scope="col">"Tells"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
        .into_any(),
    };
    view! {
        <div class="head">
            <div class="grow">
                <h1>"Alert rules"</h1>
                <p><a href="/admin/health">"Health"</a>": figures of all servers together, looked at once a minute. Each rule tells its people by mail when it holds, and when it is over."</p>
            </div>
            <a class="btn pri" href="/admin/health/rules/new">"New rule"</a>
        </div>
        {notice.map(|(title, text)| view! { <Notice kind="ok"><b>{title}</b>{text}</Notice> })}
        <div class="card rows">{body}</div>
    }
}

fn new(form: &Form, own: String) -> impl IntoView + use<> {
    view! {
        <div class="head"><div class="grow"><h1>"New alert rule"</h1><p><a href="/admin/health/rules">"Alert rules"</a></p></div></div>
        <div class="narrow stack">
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=CreateAlertRule::PATH>
                {fields(form, None, own)}
                <div class="actions"><button class="btn pri">"Create rule"</button><a class="btn" href="/admin/health/rules">"Cancel"</a></div>
            </form>
        </div>
    }
}
