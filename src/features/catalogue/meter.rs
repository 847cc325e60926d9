//! `/admin/meters/{meter}`: what of a meter can be changed.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::ChangeMeter;
use crate::domain::meter::{Kind, WhenAway, kind_text};
use crate::domain::quantity::Unit;
use crate::domain::staff::ManageCatalogue;
use crate::store::meters::Meter;
use crate::ui::field::{FormMessage, SelectField, TextField};
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context};

pub fn meter_page() -> PageText {
    let key = request::param("meter");
    page(async move {
        let form = Form::of::<ChangeMeter>();
        let (me, admin) = request::admin_with::<ManageCatalogue>().await?;
        let meter = Context::get().store.platform_read(&admin).await?.get_meter(&key).await?;
        Ok(console(&me, &meter.label, "/admin/meters", body(&form, &meter).into_any()))
    })
}

fn away_field(form: &Form, meter: &Meter) -> AnyView {
    if meter.kind != Kind::Metered {
        return view! { <p><b>"While the database is away: "</b>"refused. Only what is used in a day or month can be allowed uncounted."</p> }
            .into_any();
    }
    let options = WhenAway::ALL.map(|rule| (rule.as_str().to_owned(), rule.label().to_owned())).to_vec();
    let value = form.typed("when_away").or_else(|| Some(meter.when_away.as_str().to_owned()));
    view! {
        <SelectField name="when_away" label="While the database is away" options=options value=value error=form.error("when_away") />
        <p class="hint">"Allowed are programs whose keys worked within the last hour."</p>
    }
    .into_any()
}

fn body(form: &Form, meter: &Meter) -> impl IntoView + use<> {
    let unit = match meter.unit {
        Unit::Count => "in numbers",
        Unit::Bytes => "in bytes",
    };
    let facts = format!(", {}, {unit}", kind_text(meter.kind, meter.period.as_deref()));
    view! {
        <div class="head">
            <div class="grow">
                <h1><bdi>{meter.label.clone()}</bdi></h1>
                <p><a href="/admin/meters">"Meters"</a>": "<span class="mono">{meter.key.clone()}</span>{facts}</p>
            </div>
        </div>
        <div class="narrow stack">
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=ChangeMeter::PATH>
                <input type="hidden" name="meter" value=meter.key.clone() />
                <TextField
                    name="label"
                    label="Label"
                    value=form.typed("label").or_else(|| Some(meter.label.clone()))
                    error=form.error("label")
                    hint="On every page, in portal and console."
                />
                {away_field(form, meter)}
                <div class="actions"><button class="btn pri">"Save"</button><a class="btn" href="/admin/meters">"Cancel"</a></div>
            </form>
        </div>
    }
}
