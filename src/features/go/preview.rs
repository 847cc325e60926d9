//! What a command would change: to whom, before and after; and the form that confirms it.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::RunCommand;
use crate::domain::amount;
use crate::domain::command::{Becomes, Change, Vocabulary};
use crate::domain::listing::encode;
use crate::domain::staff::StaffRole;
use crate::domain::status::TenantStatus;
use crate::store::tenant_find::FoundTenant;
use crate::store::{PlatformRead, Result};
use crate::ui::field::{TextArea, TextField};
use crate::web::form::Form;
use crate::web::request::query;

/// A change, looked up.
pub(super) enum Preview {
    /// Nobody is called like this, or several are.
    Whom {
        change: Change,
        tenants: Vec<FoundTenant>,
    },
    What(Box<Facts>),
}

/// One tenant, before and after.
pub(super) struct Facts {
    change: Change,
    tenant: FoundTenant,
    now: Now,
}

/// What is there, and what would be.
struct Now {
    before: String,
    after: String,
    /// What is compared when it is confirmed: somebody else may change it meanwhile.
    was: String,
    /// What is to be known besides.
    note: Option<String>,
    /// Whether there is anything to do.
    possible: bool,
}

/// Looks up whom a change is about, and what is there now.
pub(super) async fn preview(read: &mut PlatformRead, change: Change, tenants: Vec<FoundTenant>, words: &Vocabulary) -> Result<Preview> {
    let exact = tenants.iter().filter(|tenant| tenant.exact).count();
    let one = match (exact, tenants.len()) {
        (1, _) => tenants.iter().find(|tenant| tenant.exact),
        (0, 1) => tenants.first(),
        (_, _) => None,
    };
    let Some(tenant) = one.cloned() else { return Ok(Preview::Whom { change, tenants }) };
    let change = Change { tenant: tenant.slug.to_string(), ..change };
    let now = look(read, &tenant, &change.to, words).await?;
    Ok(Preview::What(Box::new(Facts { change, tenant, now })))
}

async fn look(read: &mut PlatformRead, tenant: &FoundTenant, to: &Becomes, words: &Vocabulary) -> Result<Now> {
    let status = tenant.status;
    let state = |after: &str, possible: bool| Now {
        before: status.label().to_owned(),
        after: after.to_owned(),
        was: status.as_str().to_owned(),
        note: None,
        possible,
    };
    Ok(match to {
        Becomes::Suspended { .. } => {
            let open = matches!(status, TenantStatus::Trial | TenantStatus::Active | TenantStatus::PastDue);
            let note = Some("Its people and keys are refused from the next click on, with the reason. Nothing is deleted.".to_owned());
            Now { note, ..state(TenantStatus::Suspended.label(), open) }
        }
        Becomes::Resumed => state("As it was before it was suspended", status == TenantStatus::Suspended),
        Becomes::OnPlan(plan) => Now {
            before: tenant.plan.1.clone(),
            after: words.plans.iter().find(|(key, _)| key == plan).map_or_else(|| plan.clone(), |(_, name)| name.clone()),
            was: tenant.plan.0.clone(),
            note: Some("It holds at once. A price by contract stays, and a change that its owner has scheduled is cancelled.".to_owned()),
            possible: tenant.plan.0 != *plan,
        },
        Becomes::Limited(meter, quota, unit) => {
            let looked = read.look_at(&tenant.slug).await?;
            let line = read.get_quota_line(&looked, meter).await?;
            let over = matches!((line.used, quota), (Some(used), Some(quota)) if used > *quota);
            Now {
                before: format!("{} of {}", amount::quota_text(line.quota, line.unit), line.label),
                after: format!("{} of {}", amount::quota_text(*quota, *unit), line.label),
                was: line.quota.map_or_else(|| "unlimited".to_owned(), |quota| quota.to_string()),
                note: over.then(|| {
                    let used = line.used.map(|used| amount::plain(used, line.unit)).unwrap_or_default();
                    format!("{used} are used already: nothing is deleted, and nothing more is possible.")
                }),
                possible: line.quota != *quota || line.overridden.is_none(),
            }
        }
    })
}

/// `Change the plan`, and the same for a button.
fn title(to: &Becomes) -> &'static str {
    match to {
        Becomes::OnPlan(_) => "Change the plan",
        Becomes::Suspended { .. } => "Suspend",
        Becomes::Resumed => "Resume",
        Becomes::Limited(..) => "Set the limit",
    }
}

impl Preview {
    /// With its form as it came back, if it did; `done` says that it was just done.
    pub(super) fn card(self, role: StaffRole, form: &Form, done: bool) -> AnyView {
        match self {
            Preview::Whom { change, tenants } => whom(&change, &tenants),
            Preview::What(facts) => facts.card(role, form, done),
        }
    }
}

fn whom(change: &Change, tenants: &[FoundTenant]) -> AnyView {
    if tenants.is_empty() {
        return view! { <p class="card pad error">{format!("No tenant is called “{}”, or nearly.", change.tenant)}</p> }.into_any();
    }
    let rows = tenants
        .iter()
        .map(|tenant| {
            let command = Change { tenant: tenant.slug.to_string(), to: change.to.clone() }.to_string();
            let href = format!("/admin/go?q={}", encode(&command));
            view! { <li><span class="grow"><a href=href><bdi>{tenant.name.clone()}</bdi></a><small>{tenant.slug.to_string()}</small></span></li> }
        })
        .collect_view();
    view! {
        <section class="card pad stack">
            <h2>"Which tenant?"</h2>
            <p>{format!("Several are called like “{}”.", change.tenant)}</p>
            <ul class="list go">{rows}</ul>
        </section>
    }
    .into_any()
}

impl Facts {
    fn reason(&self, form: &Form) -> Option<AnyView> {
        match &self.change.to {
            Becomes::Suspended { reason } => {
                let typed = form.typed("reason").or_else(|| Some(reason.clone()).filter(|reason| !reason.is_empty()));
                Some(view! {
                    <TextArea name="reason" label="Reason" rows=3 most=300 required=true hint="The tenant's people read this." value=typed error=form.error("reason") />
                }.into_any())
            }
            Becomes::Limited(..) => Some(view! {
                <TextField name="reason" label="Reason" value=form.typed("reason") error=form.error("reason") hint="For the tenant's audit log." />
            }.into_any()),
            Becomes::OnPlan(_) | Becomes::Resumed => None,
        }
    }

    fn confirm(&self, role: StaffRole, form: &Form, done: bool) -> AnyView {
        if done {
            return ().into_any();
        }
        if !self.now.possible {
            return view! { <p><b>"There is nothing to do: "</b>"it is so already, or cannot be in this state."</p> }.into_any();
        }
        if !self.change.to.allows(role) {
            return view! { <p><b>"Your role does not include this."</b>" Somebody of the staff whose role does can confirm it."</p> }
                .into_any();
        }
        // In the palette there is no place for what a form brings back.
        if query("in").is_some_and(|place| place == "palette") {
            let href = format!("/admin/go?q={}", encode(&self.change.to_string()));
            return view! { <div class="actions"><a class="btn pri" href=href>"Review and confirm"</a></div> }.into_any();
        }
        // What was typed as reason stands in its field.
        let to = match &self.change.to {
            Becomes::Suspended { .. } => Becomes::Suspended { reason: String::new() },
            to => to.clone(),
        };
        let command = Change { to, ..self.change.clone() }.to_string();
        let label = format!("{}: {}", title(&self.change.to), self.tenant.slug);
        let class = if matches!(self.change.to, Becomes::Suspended { .. }) { "btn danger pri" } else { "btn pri" };
        view! {
            <form class="form" method="post" action=RunCommand::PATH>
                <input type="hidden" name="command" value=command />
                <input type="hidden" name="was" value=self.now.was.clone() />
                {self.reason(form)}
                <div class="actions"><button class=class>{label}</button><a class="btn" href="/admin/go">"Cancel"</a></div>
            </form>
        }
        .into_any()
    }

    fn card(&self, role: StaffRole, form: &Form, done: bool) -> AnyView {
        let href = format!("/admin/tenants/{}", self.tenant.slug);
        let after = (!done).then(|| view! { <dt>"Then"</dt><dd><b>{self.now.after.clone()}</b></dd> });
        view! {
            <section class="card pad stack" id="command">
                <h2>{title(&self.change.to)}</h2>
                <dl class="facts">
                    <dt>"Tenant"</dt><dd><a href=href><bdi>{self.tenant.name.clone()}</bdi></a>" "<span class="mono">{self.tenant.slug.to_string()}</span></dd>
                    <dt>"Now"</dt><dd>{self.now.before.clone()}</dd>
                    {after}
                </dl>
                {(!done).then(|| self.now.note.clone().map(|note| view! { <p class="muted">{note}</p> }))}
                {self.confirm(role, form, done)}
            </section>
        }
        .into_any()
    }
}
