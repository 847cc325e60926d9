//! `/admin/tenants/import`: an archive comes in as a new tenant. Its form goes to `edge/tenant_import.rs`, which reads the file as it comes.

use leptos::prelude::*;

use crate::domain::archive::MAX_UPLOAD;
use crate::domain::listing::encode;
use crate::domain::quantity::{self, Unit};
use crate::domain::staff::MoveTenants;
use crate::store::plans::Plan;
use crate::ui::field::{FormMessage, SelectField, TextField};
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, path_and_query};

/// By this name the page finds its upload's errors, see `edge/tenant_import.rs`.
const UPLOAD: &str = "moving/import";

pub fn tenant_import_page() -> PageText {
    page(async {
        let (me, admin) = request::admin_with::<MoveTenants>().await?;
        // Before the form, and not after it: a large file is not to be sent twice.
        if !me.is_fresh() {
            return Err(PageError::Redirect(format!("/admin/confirm?next={}", encode(&path_and_query()))));
        }
        let form = Form::at(UPLOAD);
        let plans = Context::get().store.platform_read(&admin).await?.list_plans().await?;
        Ok(console(&me, "Import a tenant", "/admin/tenants", body(&form, &plans).into_any()))
    })
}

fn body(form: &Form, plans: &[Plan]) -> impl IntoView + use<> {
    let mut options = vec![(String::new(), "As it was".to_owned())];
    options.extend(plans.iter().map(|plan| (plan.key.clone(), format!("{}, {} a month", plan.name, plan.price.short()))));
    let most = quantity::short(i64::try_from(MAX_UPLOAD).unwrap_or(i64::MAX), Unit::Bytes);
    view! {
        <div class="head">
            <div class="grow"><h1>"Import a tenant"</h1><p>"What an export made, of this or another installation, comes in as a new tenant."</p></div>
            <a class="btn" href="/admin/tenants">"Back to the tenants"</a>
        </div>
        <div class="narrow stack">
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" enctype="multipart/form-data" action="/admin/tenants/import">
                <TextField
                    name="archive"
                    label="Archive"
                    kind="file"
                    error=form.error("archive")
                    hint=format!("The .tar.gz as it was downloaded, at most {most}. A large one takes some minutes: leave this page open.")
                />
                <TextField
                    name="slug"
                    label="Slug"
                    required=false
                    value=form.typed("slug")
                    error=form.error("slug")
                    hint="Nothing for the one that it had."
                />
                <SelectField name="plan" label="Plan" options=options value=form.typed("plan") error=form.error("plan") />
                <div class="actions"><button class="btn pri">"Import"</button><a class="btn" href="/admin/tenants">"Cancel"</a></div>
            </form>
            <section class="card pad stack">
                <h2>"What happens"</h2>
                <p>"The archive is verified first, with the hash of every file in it. Then all of it comes in, or nothing."</p>
                <ul>
                    <li>"Members are known by e-mail. Whoever has an account here becomes a member with it; others get one without a password and set one at “Forgot your password?”."</li>
                    <li>"Domains have to be proved again, and open invites get other links."</li>
                    <li>"API keys and passwords do not come. The audit log stays in the archive."</li>
                </ul>
            </section>
        </div>
    }
}
