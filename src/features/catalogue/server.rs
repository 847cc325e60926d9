//! What platform admins do to meters and prices of models.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::meter::Kind;
use crate::domain::model_price::NewPriceForm;
use crate::domain::new_meter::{MeterChange, NewMeterForm};
use crate::domain::staff::ManageCatalogue;
use crate::store::{Constraint, StoreError};
use crate::web::error::answer;
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

fn meter_refusal(error: StoreError) -> UiError {
    match error {
        StoreError::Conflict(Constraint::MeterKey) => UiError::field("key", "There is a meter with this key already. Choose another."),
        StoreError::Conflict(Constraint::MeterLabel) => {
            UiError::field("label", "There is a meter with this label already. Choose another.")
        }
        error => error.into(),
    }
}

/// Adds a meter. `counting` is `month`, `day` or `concurrent`.
#[server(prefix = "/fn", endpoint = "meters/create", input = PostUrl)]
pub async fn create_meter(key: String, label: String, counting: String, unit: String, when_away: String) -> Result<(), UiError> {
    let form = NewMeterForm { key, label, counting, unit, when_away };
    answer(try_create_meter(&form).await.map_err(|error| {
        error.with_typed(&[
            ("key", &form.key),
            ("label", &form.label),
            ("counting", &form.counting),
            ("unit", &form.unit),
            ("when_away", &form.when_away),
        ])
    }))
}

async fn try_create_meter(form: &NewMeterForm) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let new = form.parse().map_err(UiError::invalid)?;
    let mut tx = Context::get().store.platform::<ManageCatalogue>(&admin).await?;
    tx.create_meter(&new).await.map_err(meter_refusal)?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/meters?done=created");
    Ok(())
}

/// Changes a meter's label and what is answered while the database is away.
#[server(prefix = "/fn", endpoint = "meters/change", input = PostUrl)]
pub async fn change_meter(meter: String, label: String, #[server(default)] when_away: String) -> Result<(), UiError> {
    let changed = try_change_meter(&meter, &label, &when_away).await;
    answer(changed.map_err(|error| error.with_typed(&[("label", &label), ("when_away", &when_away)])))
}

async fn try_change_meter(meter: &str, label: &str, when_away: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageCatalogue>(&admin).await?;
    let found = tx.get_meter(meter).await?;
    // The form of other kinds has no choice: they are always closed.
    let when_away = if found.kind != Kind::Metered && when_away.is_empty() { "closed" } else { when_away };
    let change = MeterChange::parse(label, when_away, found.kind).map_err(UiError::invalid)?;
    tx.change_meter(meter, &change).await.map_err(meter_refusal)?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/meters?done=changed");
    Ok(())
}

/// Adds a price of a model, valid from a day on.
#[server(prefix = "/fn", endpoint = "prices/add", input = PostUrl)]
pub async fn add_price(
    meter: String,
    model: String,
    direction: String,
    price: String,
    per: String,
    valid_from: String,
) -> Result<(), UiError> {
    let form = NewPriceForm { meter, model, direction, price, per, valid_from };
    answer(try_add_price(&form).await.map_err(|error| {
        error.with_typed(&[
            ("meter", &form.meter),
            ("model", &form.model),
            ("direction", &form.direction),
            ("price", &form.price),
            ("per", &form.per),
            ("valid_from", &form.valid_from),
        ])
    }))
}

async fn try_add_price(form: &NewPriceForm) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageCatalogue>(&admin).await?;
    let metered = tx.list_meters().await?.into_iter().filter(|meter| meter.kind == Kind::Metered);
    let meters: Vec<_> = metered.map(|meter| (meter.key, meter.unit)).collect();
    let new = form.parse(&meters, tx.today().await?).map_err(UiError::invalid)?;
    tx.set_model_price(&new).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/prices?done=added");
    Ok(())
}
