//! `/admin/templates`: what tenants can be made from.

use leptos::prelude::*;

use crate::domain::quantity;
use crate::store::templates::Template;
use crate::ui::field::TextField;
use crate::ui::text::Notice;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

pub fn templates_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let done = query("done").unwrap_or_default();
        let templates = Context::get().store.platform_read(&admin).await?.list_templates().await?;
        Ok(console(&me, "Templates", "/admin/templates", list(&templates, &done).into_any()))
    })
}

fn row(template: &Template) -> impl IntoView + use<> {
    let content = &template.content;
    let agents = quantity::plural(i64::try_from(content.agents.len()).unwrap_or(i64::MAX), "agent", "agents");
    let sample = content.sample.map_or("no sample data", |set| set.label());
    view! {
        <tr role="row">
            <td role="cell" class="name"><a href=format!("/admin/templates/{}", template.key)><bdi>{template.name.clone()}</bdi></a>" "<span>{template.key.clone()}</span></td>
            <td role="cell" class="lead"><bdi>{template.description.clone()}</bdi></td>
            <td role="cell" data-label="Plan">{template.plan.clone().unwrap_or_else(|| "any".to_owned())}</td>
            <td role="cell" data-label="Agents">{agents}</td>
            <td role="cell" data-label="Sample data">{sample}</td>
        </tr>
    }
}

fn list(templates: &[Template], done: &str) -> impl IntoView + use<> {
    let notice = match done {
        "created" => Some(("The template is there.", " Choose it when you create a tenant.")),
        "changed" => Some(("The template is changed.", " Tenants that were made from it stay as they are.")),
        "deleted" => Some(("The template is deleted.", " Tenants that were made from it stay as they are.")),
        _ => None,
    };
    let table = if templates.is_empty() {
        view! {
            <div class="empty">
                <h2>"No templates"</h2>
                <p>"A template sets up agents, look and models, so that nobody does it twice. Make one from scratch, or from a tenant that is as it should be."</p>
                <a class="btn pri" href="/admin/templates/new">"New template"</a>
            </div>
        }
        .into_any()
    } else {
        let rows = templates.iter().map(row).collect_view();
        view! {
            <table role="table">
                <caption class="visually-hidden">"Templates, by name"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Template and key"</th><th role="columnheader" scope="col">"Description"</th>
                    <th role="columnheader" scope="col">"Plan"</th><th role="columnheader" scope="col">"Agents"</th>
                    <th role="columnheader" scope="col">"Sample data"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <div class="head">
            <div class="grow"><h1>"Templates"</h1><p>"What a new tenant can begin with: plan, agents, look, models, sample data."</p></div>
            <a class="btn pri" href="/admin/templates/new">"New template"</a>
        </div>
        {notice.map(|(title, text)| view! { <Notice kind="ok"><b>{title}</b>{text}</Notice> })}
        <div class="card rows">{table}</div>
        <section class="card pad stack">
            <h2>"From a tenant"</h2>
            <p class="muted">"Takes over its plan, agents, models and published look. Its name, images, people, keys and data stay its own."</p>
            <form class="form" method="get" action="/admin/templates/new">
                <TextField name="of" label="Tenant" hint="Its slug." />
                <div class="actions"><button class="btn">"Make a template of it"</button></div>
            </form>
        </section>
    }
}
