//! `/admin/prices`: what models cost. `/admin/prices/new`: a price from a day on.

use chrono::NaiveDate;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::AddPrice;
use crate::domain::meter::Kind;
use crate::domain::model_price::Direction;
use crate::domain::staff::ManageCatalogue;
use crate::domain::when;
use crate::store::meters::Meter;
use crate::store::model_prices::{ModelPrice, Phase};
use crate::ui::field::{FormMessage, SelectField, TextField};
use crate::ui::text::Notice;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, may, query};

pub fn prices_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let past = query("past").is_some_and(|past| past == "all");
        let added = query("done").is_some_and(|done| done == "added");
        let prices = Context::get().store.platform_read(&admin).await?.list_model_prices(past).await?;
        Ok(console(&me, "Prices", "/admin/prices", list(&prices, past, added).into_any()))
    })
}

pub fn new_price_page() -> PageText {
    page(async {
        let form = Form::of::<AddPrice>();
        let (me, admin) = request::admin_with::<ManageCatalogue>().await?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let (meters, today) = (read.list_meters().await?, read.today().await?);
        Ok(console(&me, "New price", "/admin/prices", new(&form, &meters, today).into_any()))
    })
}

fn row(price: &ModelPrice) -> impl IntoView + use<> {
    let (class, word) = match price.phase {
        Phase::Current => ("state active", "Current"),
        Phase::Coming => ("state wait", "Coming"),
        Phase::Past => ("state idle", "Past"),
    };
    view! {
        <tr role="row">
            <td role="cell" class="name"><b><bdi>{price.model.clone()}</bdi></b>" "<span>{price.meter.clone()}</span></td>
            <td role="cell" data-label="Direction">{price.direction.as_str()}</td>
            <td role="cell" data-label="From"><time datetime=price.valid_from.to_string()>{when::day(price.valid_from)}</time></td>
            <td role="cell"><span class=class>{word}</span></td>
            <td role="cell" class="lead num"><b>{price.price.text(price.unit)}</b></td>
        </tr>
    }
}

fn table(prices: &[ModelPrice]) -> AnyView {
    if prices.is_empty() {
        return view! {
            <div class="empty">
                <h2>"No prices yet"</h2>
                <p>"Events that bring no cost of their own cost nothing until their model has a price."</p>
                {may::<ManageCatalogue>().then(|| view! { <a class="btn pri" href="/admin/prices/new">"New price"</a> })}
            </div>
        }
        .into_any();
    }
    let rows = prices.iter().map(row).collect_view();
    view! {
        <table role="table">
            <caption class="visually-hidden">"Prices by model and direction"</caption>
            <thead role="rowgroup"><tr role="row">
                <th role="columnheader" scope="col">"Model and meter"</th><th role="columnheader" scope="col">"Direction"</th>
                <th role="columnheader" scope="col">"From"</th><th role="columnheader" scope="col">"State"</th>
                <th role="columnheader" scope="col" class="num">"Price"</th>
            </tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn list(prices: &[ModelPrice], past: bool, added: bool) -> impl IntoView + use<> {
    let tab = |href: &'static str, text: &'static str, here: bool| view! { <a href=href aria-current=here.then_some("page")>{text}</a> };
    view! {
        <div class="head">
            <div class="grow">
                <h1>"Prices"</h1>
                <p>"Events that bring no cost of their own are priced when they are reported, by the price of their day."</p>
            </div>
            {may::<ManageCatalogue>().then(|| view! { <a class="btn pri" href="/admin/prices/new">"New price"</a> })}
        </div>
        {added.then(|| view! { <Notice kind="ok"><b>"The price is set."</b>" What was reported before keeps its cost."</Notice> })}
        <nav class="tabs" aria-label="By time">{tab("/admin/prices", "Current and coming", !past)}{tab("/admin/prices?past=all", "Past ones too", past)}</nav>
        <div class="card rows">{table(prices)}</div>
    }
}

fn new(form: &Form, meters: &[Meter], today: NaiveDate) -> impl IntoView + use<> {
    let priced = meters.iter().filter(|meter| meter.kind == Kind::Metered).map(|meter| (meter.key.clone(), meter.label.clone())).collect();
    let directions = Direction::ALL.map(|direction| (direction.as_str().to_owned(), direction.label().to_owned())).to_vec();
    view! {
        <div class="head">
            <div class="grow"><h1>"New price"</h1><p>"It holds until a later one begins. What was reported keeps its cost."</p></div>
        </div>
        <div class="narrow stack">
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=AddPrice::PATH>
                <TextField name="model" label="Model" value=form.typed("model") error=form.error("model") hint="Exactly as events name it." />
                <div class="cols">
                    <SelectField
                        name="meter"
                        label="Meter"
                        options=priced
                        value=form.typed("meter").or_else(|| Some("tokens".to_owned()))
                        error=form.error("meter")
                    />
                    <SelectField
                        name="direction"
                        label="Direction"
                        options=directions
                        value=form.typed("direction")
                        error=form.error("direction")
                    />
                </div>
                <div class="cols">
                    <TextField
                        name="price"
                        label="Price in US dollars"
                        inputmode="decimal"
                        value=form.typed("price")
                        error=form.error("price")
                        hint="Up to six decimals."
                    />
                    <TextField
                        name="per"
                        label="For each"
                        value=form.typed("per").or_else(|| Some("1 M".to_owned()))
                        error=form.error("per")
                        hint="Such as 1,000 or 1 M."
                    />
                </div>
                <TextField
                    name="valid_from"
                    label="From"
                    kind="date"
                    value=form.typed("valid_from").or_else(|| Some(today.to_string()))
                    error=form.error("valid_from")
                    hint="Today or later, UTC. A price of the same day is replaced."
                />
                <div class="actions"><button class="btn pri">"Set price"</button><a class="btn" href="/admin/prices">"Cancel"</a></div>
            </form>
        </div>
    }
}
