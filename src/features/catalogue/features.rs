//! `/admin/features`: what plans may have. `/admin/features/new` adds one, `/admin/features/{feature}` changes its words.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::PostUrl;

use crate::domain::feature::{FeatureWords, NewFeature};
use crate::domain::staff::ManageCatalogue;
use crate::store::features::Feature;
use crate::store::{Constraint, StoreError};
use crate::ui::field::{FormMessage, TextField};
use crate::ui::text::Notice;
use crate::web::error::answer;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, acting_admin, query};
use crate::web::{Context, UiError};

pub fn features_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let done = query("done").unwrap_or_default();
        let features = Context::get().store.platform_read(&admin).await?.list_catalogue_features().await?;
        Ok(console(&me, "Features", "/admin/features", list(&features, &done).into_any()))
    })
}

pub fn new_feature_page() -> PageText {
    page(async {
        let (me, _admin) = request::admin_with::<ManageCatalogue>().await?;
        let form = Form::of::<CreateFeature>();
        Ok(console(&me, "New feature", "/admin/features", new(&form).into_any()))
    })
}

pub fn feature_page() -> PageText {
    let key = request::param("feature");
    page(async move {
        let form = Form::of::<ChangeFeature>();
        let (me, admin) = request::admin_with::<ManageCatalogue>().await?;
        let feature = Context::get().store.platform_read(&admin).await?.get_catalogue_feature(&key).await?;
        Ok(console(&me, &feature.label, "/admin/features", one(&form, &feature).into_any()))
    })
}

fn row(feature: &Feature) -> impl IntoView + use<> {
    let plans = if feature.plans.is_empty() { "no plan".to_owned() } else { feature.plans.join(", ") };
    view! {
        <tr role="row">
            <td role="cell" class="name"><a href=format!("/admin/features/{}", feature.key)><bdi>{feature.label.clone()}</bdi></a>" "<span>{feature.key.clone()}</span></td>
            <td role="cell" class="lead"><bdi>{feature.description.clone()}</bdi></td>
            <td role="cell" data-label="Sold with">{plans}</td>
        </tr>
    }
}

fn list(features: &[Feature], done: &str) -> impl IntoView + use<> {
    let notice = match done {
        "created" => Some(("The feature is there.", " No plan has it before a draft with it is published.")),
        "changed" => Some(("The feature is changed.", "")),
        _ => None,
    };
    let rows = features.iter().map(row).collect_view();
    view! {
        <div class="head">
            <div class="grow"><h1>"Features"</h1><p>"What versions of plans have or have not. Programs ask for a feature by its key."</p></div>
            <a class="btn pri" href="/admin/features/new">"New feature"</a>
        </div>
        {notice.map(|(title, text)| view! { <Notice kind="ok"><b>{title}</b>{text}</Notice> })}
        <div class="card rows">
            <table role="table">
                <caption class="visually-hidden">"Features, in the order in which pages show them"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Feature and key"</th><th role="columnheader" scope="col">"Description"</th>
                    <th role="columnheader" scope="col">"Sold with"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
}

/// Label and description, of one that is there or of one to be.
fn words(form: &Form, feature: Option<&Feature>) -> impl IntoView + use<> {
    let (label, description) = (feature.map(|feature| feature.label.clone()), feature.map(|feature| feature.description.clone()));
    view! {
        <TextField
            name="label"
            label="Label"
            value=form.typed("label").or(label)
            error=form.error("label")
            hint="On every page, in portal and console."
        />
        <TextField
            name="description"
            label="Description"
            required=false
            value=form.typed("description").or(description)
            error=form.error("description")
            hint="A sentence for whoever puts plans together; at most 300 characters."
        />
    }
}

fn new(form: &Form) -> impl IntoView + use<> {
    view! {
        <div class="head"><div class="grow"><h1>"New feature"</h1><p>"Your programs ask for it with GET /api/v1/features/{key}."</p></div></div>
        <div class="narrow stack">
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=CreateFeature::PATH>
                {words(form, None)}
                <TextField
                    name="key"
                    label="Key"
                    value=form.typed("key")
                    error=form.error("key")
                    hint="As programs call it: lower-case letters, digits and hyphens. It stays."
                />
                <div class="actions"><button class="btn pri">"Create feature"</button><a class="btn" href="/admin/features">"Cancel"</a></div>
            </form>
        </div>
    }
}

fn one(form: &Form, feature: &Feature) -> impl IntoView + use<> {
    view! {
        <div class="head"><div class="grow">
            <h1><bdi>{feature.label.clone()}</bdi></h1>
            <p><a href="/admin/features">"Features"</a>": "<span class="mono">{feature.key.clone()}</span></p>
        </div></div>
        <div class="narrow stack">
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=ChangeFeature::PATH>
                <input type="hidden" name="feature" value=feature.key.clone() />
                {words(form, Some(feature))}
                <div class="actions"><button class="btn pri">"Save"</button><a class="btn" href="/admin/features">"Cancel"</a></div>
            </form>
        </div>
    }
}

fn refusal(error: StoreError) -> UiError {
    match error {
        StoreError::Conflict(Constraint::FeatureKey) => UiError::field("key", "There is a feature with this key already. Choose another."),
        StoreError::Conflict(Constraint::FeatureLabel) => {
            UiError::field("label", "There is a feature with this label already. Choose another.")
        }
        error => error.into(),
    }
}

/// Adds a feature, which no plan has yet.
#[server(prefix = "/fn", endpoint = "features/create", input = PostUrl)]
pub async fn create_feature(key: String, label: String, #[server(default)] description: String) -> Result<(), UiError> {
    let typed = [("key", key.as_str()), ("label", label.as_str()), ("description", description.as_str())];
    answer(try_create(&key, &label, &description).await.map_err(|error| error.with_typed(&typed)))
}

async fn try_create(key: &str, label: &str, description: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageCatalogue>(&admin).await?;
    let new = NewFeature::parse(key, label, description).map_err(UiError::invalid)?;
    tx.create_feature(&new).await.map_err(refusal)?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/features?done=created");
    Ok(())
}

/// Changes how a feature is called and what is said of it.
#[server(prefix = "/fn", endpoint = "features/change", input = PostUrl)]
pub async fn change_feature(feature: String, label: String, #[server(default)] description: String) -> Result<(), UiError> {
    let typed = [("label", label.as_str()), ("description", description.as_str())];
    answer(try_change(&feature, &label, &description).await.map_err(|error| error.with_typed(&typed)))
}

async fn try_change(feature: &str, label: &str, description: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageCatalogue>(&admin).await?;
    let words = FeatureWords::parse(label, description).map_err(UiError::invalid)?;
    tx.change_feature(feature, &words).await.map_err(refusal)?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/features?done=changed");
    Ok(())
}
