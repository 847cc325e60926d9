//! `/admin/health/rules/{rule}`: a rule to be changed or deleted.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::{ChangeAlertRule, DeleteAlertRule};
use crate::domain::alert::{AlertRule, Metric};
use crate::domain::staff::ManageAlertRules;
use crate::store::alert_rules::KeptRule;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::{FormMessage, SelectField, TextArea, TextField};
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page;
use crate::web::page::{Islands, PageError, PageText};
use crate::web::request::{self, Context, query};

pub fn alert_rule_page() -> PageText {
    let id = request::param("rule");
    page(async move {
        let form = Form::of::<ChangeAlertRule>();
        let (me, admin) = request::admin_with::<ManageAlertRules>().await?;
        let id = id.parse().map_err(|_| PageError::NotFound)?;
        let kept = Context::get().store.platform_read(&admin).await?.get_alert_rule(id).await?;
        Ok(console(&me, kept.rule.name.as_str(), "/admin/health", body(&form, &kept).into_any()))
    })
}

/// The controls of a rule; `own` is the address that a new one tells at first.
pub(super) fn fields(form: &Form, rule: Option<&AlertRule>, own: String) -> impl IntoView + use<> {
    let typed = |field: &str, kept: Option<String>| form.typed(field).or(kept);
    let metrics = Metric::ALL.map(|metric| (metric.as_str().to_owned(), metric.label().to_owned())).to_vec();
    let recipients = rule.map_or(own, |rule| rule.recipients.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    view! {
        <TextField name="name" label="Name" value=typed("name", rule.map(|rule| rule.name.to_string())) error=form.error("name") hint="As the mail says it: Many errors." />
        <SelectField
            name="metric"
            label="What is looked at"
            options=metrics
            value=typed("metric", rule.map(|rule| rule.metric.as_str().to_owned()))
            error=form.error("metric")
        />
        <div class="cols">
            <TextField
                name="threshold"
                label="Threshold"
                inputmode="decimal"
                value=typed("threshold", rule.map(|rule| rule.threshold.normalize().to_string()))
                error=form.error("threshold")
                hint="In the unit that stands above."
            />
            <TextField
                name="minutes"
                label="For minutes"
                inputmode="numeric"
                value=typed("minutes", rule.map(|rule| rule.minutes.to_string()))
                error=form.error("minutes")
                hint="How long it has to hold."
            />
        </div>
        <TextArea
            name="recipients"
            label="Whom to tell"
            rows=3
            required=true
            value=typed("recipients", Some(recipients))
            error=form.error("recipients")
            hint="E-mail addresses of the platform's staff, up to ten."
        />
    }
}

fn body(form: &Form, kept: &KeptRule) -> impl IntoView + use<> {
    let (id, name) = (kept.id.to_string(), kept.rule.name.to_string());
    let here = format!("/admin/health/rules/{}", kept.id.simple());
    let message = form.message().or_else(|| Form::of::<DeleteAlertRule>().message());
    let asked = view! {
        <p>"Nobody is told of it any more, and an alert that it raised is over."</p>
        <input type="hidden" name="rule" value=id.clone() />
    };
    view! {
        <div class="head">
            <div class="grow"><h1><bdi>{name}</bdi></h1><p><a href="/admin/health/rules">"Alert rules"</a>{format!(": {}", kept.rule.sentence())}</p></div>
            <ConfirmDialog
                id="delete-rule".to_owned()
                label="Delete rule".to_owned()
                title="Delete this rule?".to_owned()
                href=format!("{here}?ask=delete#delete-rule")
                cancel_href=here.clone()
                action=DeleteAlertRule::PATH.to_owned()
                confirm="Delete rule".to_owned()
                danger=true
                open=query("ask").as_deref() == Some("delete")
            >
                {asked}
            </ConfirmDialog>
        </div>
        <div class="narrow stack">
            <FormMessage message=message />
            <form class="form card pad" method="post" action=ChangeAlertRule::PATH>
                <input type="hidden" name="rule" value=id />
                {fields(form, Some(&kept.rule), String::new())}
                <div class="actions"><button class="btn pri">"Save"</button><a class="btn" href="/admin/health/rules">"Cancel"</a></div>
            </form>
        </div>
        <Islands />
    }
}
