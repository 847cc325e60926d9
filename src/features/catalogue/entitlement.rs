//! `/admin/plans/{plan}/draft/{meter}`: what the next version of a plan grants of one meter, to be changed.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::plan_server::ChangeEntitlement;
use crate::domain::amount;
use crate::domain::entitlement::{Entitlement, Rule};
use crate::domain::meter::Kind;
use crate::domain::plan_terms::granted_text;
use crate::domain::quantity::Unit;
use crate::domain::staff::ManageCatalogue;
use crate::domain::unit_price::usd_text;
use crate::store::meters::Meter;
use crate::store::plan_versions::PlanRecord;
use crate::ui::field::{FormMessage, SelectField, TextField};
use crate::ui::text::Notice;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context};

pub fn entitlement_page() -> PageText {
    let (plan, meter) = (request::param("plan"), request::param("meter"));
    page(async move {
        let form = Form::of::<ChangeEntitlement>();
        let (me, admin) = request::admin_with::<ManageCatalogue>().await?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let meter = read.get_meter(&meter).await?;
        let plan = read.get_plan_record(&plan).await?;
        let published = match plan.newest() {
            Some(newest) => Some(read.version_terms(newest).await?),
            None => None,
        };
        // Without a draft the form begins one: it shows what is sold now.
        let terms = match (&plan.draft, &published) {
            (Some(draft), _) => read.draft_terms(draft).await?,
            (None, Some(published)) => published.clone(),
            (None, None) => return Err(PageError::NotFound),
        };
        let granted = *terms.entitlement(&meter.key).ok_or(PageError::NotFound)?;
        let sold = published.as_ref().map(|terms| granted_text(terms.entitlement(&meter.key), meter.unit));
        let title = format!("{} in {}", meter.label, plan.name);
        Ok(console(&me, &title, "/admin/plans", body(&form, &plan, &meter, &granted, sold, &title).into_any()))
    })
}

/// Why a meter offers nothing but to refuse.
fn always_refused(meter: &Meter) -> &'static str {
    match meter.kind {
        Kind::Rate => "Calls beyond are refused until the next minute, by every server for itself.",
        Kind::Concurrent => "Beyond, no lease is opened until another one ends.",
        Kind::Allocated => "Nothing more is kept beyond: what exists stays.",
        Kind::Metered => "Calls of the API beyond it are refused until the next day, by every server for itself.",
    }
}

fn rule_field(form: &Form, meter: &Meter, granted: &Entitlement) -> AnyView {
    let offered = Rule::offered(meter.kind, &meter.key);
    if offered.len() == 1 {
        return view! { <p><b>"At 100 %: "</b>{always_refused(meter)}</p> }.into_any();
    }
    let options = offered.iter().map(|rule| (rule.as_str().to_owned(), rule.label().to_owned())).collect();
    let value = form.typed("rule").or_else(|| Some(granted.rule.as_str().to_owned()));
    view! { <SelectField name="rule" label="At 100 %" options=options value=value error=form.error("rule") /> }.into_any()
}

/// Only where something may go beyond, or a price stands already.
fn price_fields(form: &Form, meter: &Meter, granted: &Entitlement) -> Option<impl IntoView + use<>> {
    let may = Rule::offered(meter.kind, &meter.key).contains(&Rule::Overage) || granted.overage.is_some();
    let usd = granted.overage.map(|price| usd_text(price.usd).replace(['$', ','], ""));
    let per = granted.overage.map(|price| amount::plain(price.per, meter.unit));
    let hint = if meter.unit == Unit::Bytes { "Such as 1 GB." } else { "Such as 1,000 or 1 M." };
    may.then(|| {
        view! {
            <div class="cols">
                <TextField
                    name="overage_price"
                    label="Overage price in US dollars"
                    inputmode="decimal"
                    required=false
                    value=form.typed("overage_price").or(usd)
                    error=form.error("overage_price")
                    hint="Needed with overage; up to four decimals."
                />
                <TextField
                    name="overage_per"
                    label="For each"
                    required=false
                    value=form.typed("overage_per").or(per)
                    error=form.error("overage_per")
                    hint=hint
                />
            </div>
        }
    })
}

fn body(form: &Form, plan: &PlanRecord, meter: &Meter, granted: &Entitlement, sold: Option<String>, title: &str) -> impl IntoView + use<> {
    let number = plan.newest().map_or(0, |newest| newest.number);
    // What the form has seen: of the draft its revision, without one which version it would begin with.
    let (seen, what) = match &plan.draft {
        Some(draft) => (draft.revision, format!("You change the draft of version {}.", draft.number)),
        None => (-i64::from(number), format!("Saving begins the draft of version {}.", number + 1)),
    };
    let sold = sold.map(|sold| format!(" Version {number}, which is sold now, grants {sold}; it stays so."));
    let hint = match meter.unit {
        Unit::Count => "A number such as 50,000 or 50 M; nothing is unlimited.",
        Unit::Bytes => "A size such as 100 GB or 1.5 TB; nothing is unlimited.",
    };
    let back = if plan.draft.is_some() { format!("/admin/plans/{}/draft", plan.key) } else { format!("/admin/plans/{}", plan.key) };
    let quota = form.typed("quota").or_else(|| Some(granted.quota.map(|quota| amount::plain(quota, meter.unit)).unwrap_or_default()));
    view! {
        <div class="head">
            <div class="grow">
                <h1><bdi>{title.to_owned()}</bdi></h1>
                <p><a href="/admin/plans">"Plans"</a>", "<a href=format!("/admin/plans/{}", plan.key)><bdi>{plan.name.clone()}</bdi></a></p>
            </div>
        </div>
        <div class="narrow stack">
            <Notice kind="info">
                <b>{what}</b>
                {sold}
                " Nobody has the draft before it is published."
            </Notice>
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=ChangeEntitlement::PATH>
                <input type="hidden" name="plan" value=plan.key.clone() />
                <input type="hidden" name="meter" value=meter.key.clone() />
                <input type="hidden" name="revision" value=seen.to_string() />
                <TextField name="quota" label="Quota" required=false value=quota error=form.error("quota") hint=hint />
                {rule_field(form, meter, granted)}
                {price_fields(form, meter, granted)}
                <div class="actions"><button class="btn pri">"Save to the draft"</button><a class="btn" href=back>"Cancel"</a></div>
            </form>
        </div>
    }
}
