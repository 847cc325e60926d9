//! `/admin/meters`: what is counted. `/admin/meters/new`: something more.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::CreateMeter;
use crate::domain::meter::{Kind, WhenAway, kind_text};
use crate::domain::new_meter::Counting;
use crate::domain::quantity::Unit;
use crate::domain::staff::ManageCatalogue;
use crate::store::meters::Meter;
use crate::ui::field::{FormMessage, SelectField, TextField};
use crate::ui::text::Notice;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, may, query};

pub fn meters_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let done = query("done").unwrap_or_default();
        let meters = Context::get().store.platform_read(&admin).await?.list_meters().await?;
        Ok(console(&me, "Meters", "/admin/meters", list(&meters, &done).into_any()))
    })
}

pub fn new_meter_page() -> PageText {
    page(async {
        let (me, _admin) = request::admin_with::<ManageCatalogue>().await?;
        let form = Form::of::<CreateMeter>();
        Ok(console(&me, "New meter", "/admin/meters", new(&form).into_any()))
    })
}

fn row(meter: &Meter) -> impl IntoView + use<> {
    let unit = match meter.unit {
        Unit::Count => "number",
        Unit::Bytes => "bytes",
    };
    let away = match (meter.kind, meter.when_away) {
        (Kind::Metered, WhenAway::Open) => "allowed, uncounted",
        (_, WhenAway::Closed | WhenAway::Open) => "refused",
    };
    let label = view! { <bdi>{meter.label.clone()}</bdi> };
    let name = match may::<ManageCatalogue>() {
        true => view! { <a href=format!("/admin/meters/{}", meter.key)>{label}</a> }.into_any(),
        false => view! { <b>{label}</b> }.into_any(),
    };
    view! {
        <tr role="row">
            <td role="cell" class="name">{name}" "<span>{meter.key.clone()}</span></td>
            <td role="cell" class="lead">{kind_text(meter.kind, meter.period.as_deref())}</td>
            <td role="cell" data-label="Unit">{unit}</td>
            <td role="cell" data-label="Database away">{away}</td>
        </tr>
    }
}

fn list(meters: &[Meter], done: &str) -> impl IntoView + use<> {
    let notice = match done {
        "created" => Some((
            "The meter is there.",
            " It counts from now on, on every server, and is unlimited until a plan or an override limits it.",
        )),
        "changed" => Some(("The meter is changed.", " Servers know the rule for a database that is away within half a minute.")),
        _ => None,
    };
    let rows = meters.iter().map(row).collect_view();
    view! {
        <div class="head">
            <div class="grow"><h1>"Meters"</h1><p>"What is counted. Programs name a meter by its key."</p></div>
            {may::<ManageCatalogue>().then(|| view! { <a class="btn pri" href="/admin/meters/new">"New meter"</a> })}
        </div>
        {notice.map(|(title, text)| view! { <Notice kind="ok"><b>{title}</b>{text}</Notice> })}
        <div class="card rows">
            <table role="table">
                <caption class="visually-hidden">"Meters, in the order in which pages show them"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Meter and key"</th><th role="columnheader" scope="col">"Counts"</th>
                    <th role="columnheader" scope="col">"Unit"</th><th role="columnheader" scope="col">"While the database is away"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
}

fn new(form: &Form) -> impl IntoView + use<> {
    let countings = Counting::ALL.map(|counting| (counting.as_str().to_owned(), counting.label().to_owned())).to_vec();
    let units =
        [(Unit::Count, "Number"), (Unit::Bytes, "Bytes")].map(|(unit, label)| (unit.as_str().to_owned(), label.to_owned())).to_vec();
    let rules = WhenAway::ALL.map(|rule| (rule.as_str().to_owned(), rule.label().to_owned())).to_vec();
    view! {
        <div class="head"><div class="grow"><h1>"New meter"</h1><p>"Key, kind and unit stay as they are chosen: usage is counted in them."</p></div></div>
        <div class="narrow stack">
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=CreateMeter::PATH>
                <div class="cols">
                    <TextField name="label" label="Label" value=form.typed("label") error=form.error("label") hint="As people read it: GPU seconds." />
                    <TextField
                        name="key"
                        label="Key"
                        value=form.typed("key")
                        error=form.error("key")
                        hint="As programs call it: lower-case letters, digits, - and _."
                    />
                </div>
                <SelectField name="counting" label="Counts" options=countings value=form.typed("counting") error=form.error("counting") />
                <p class="hint">
                    "What exists (agents, storage) and calls a minute are counted where they happen, inside Tenantry: a new meter of these kinds would stay at nothing."
                </p>
                <div class="cols">
                    <SelectField name="unit" label="Unit" options=units value=form.typed("unit") error=form.error("unit") />
                    <SelectField
                        name="when_away"
                        label="While the database is away"
                        options=rules
                        value=form.typed("when_away")
                        error=form.error("when_away")
                    />
                </div>
                <div class="actions"><button class="btn pri">"Create meter"</button><a class="btn" href="/admin/meters">"Cancel"</a></div>
            </form>
        </div>
    }
}
