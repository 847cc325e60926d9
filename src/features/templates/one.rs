//! `/admin/templates/new`, from scratch or `?of=` a tenant, and `/admin/templates/{template}`.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::{ChangeTemplate, CreateTemplate, DeleteTemplate};
use crate::domain::sample::SampleSet;
use crate::domain::slug::Slug;
use crate::domain::staff::ManageCatalogue;
use crate::domain::template::{MOST_AGENTS, TemplateContent};
use crate::store::StoreError;
use crate::store::plans::Plan;
use crate::store::templates::Template;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::{FormMessage, SelectField, TextArea, TextField};
use crate::ui::text::Notice;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{Islands, PageText, page};
use crate::web::request::{self, Context, query};

pub fn new_template_page() -> PageText {
    page(async {
        let form = Form::of::<CreateTemplate>();
        let of = query("of").map(|of| of.trim().to_owned()).filter(|of| !of.is_empty());
        let (me, admin) = request::admin_with::<ManageCatalogue>().await?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let plans = read.list_plans().await?;
        let found = match of.as_deref().map(str::parse::<Slug>) {
            None => None,
            Some(Err(_)) => Some(Err(of.clone().unwrap_or_default())),
            Some(Ok(slug)) => match read.content_of_tenant(&slug).await {
                Ok((content, plan)) => Some(Ok((slug, content, plan))),
                Err(StoreError::NotFound) => Some(Err(slug.to_string())),
                Err(error) => return Err(error.into()),
            },
        };
        Ok(console(&me, "New template", "/admin/templates", new(&form, &plans, found).into_any()))
    })
}

pub fn template_page() -> PageText {
    let key = request::param("template");
    page(async move {
        let form = Form::of::<ChangeTemplate>();
        let ask = query("ask").unwrap_or_default();
        let (me, admin) = request::admin_with::<ManageCatalogue>().await?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let (template, plans) = (read.get_template(&key).await?, read.list_plans().await?);
        Ok(console(&me, &template.name, "/admin/templates", one(&form, &template, &plans, &ask).into_any()))
    })
}

/// Everything but the key. `name` and `description` are of a template that is there.
fn fields(form: &Form, content: &TemplateContent, plan: Option<&str>, plans: &[Plan], words: (&str, &str)) -> impl IntoView + use<> {
    let mut plan_options = vec![(String::new(), "Chosen for each tenant".to_owned())];
    plan_options.extend(plans.iter().map(|plan| (plan.key.clone(), format!("{}, {} a month", plan.name, plan.price.short()))));
    if let Some(gone) = plan.filter(|key| !plans.iter().any(|known| known.key == *key)) {
        plan_options.push((gone.to_owned(), format!("{gone} (not sold)")));
    }
    let mut samples = vec![(String::new(), "None".to_owned())];
    samples.extend(SampleSet::ALL.map(|set| (set.as_str().to_owned(), set.label().to_owned())));
    let models = content.allowed_models.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let extra = match (content.css.is_some(), content.mails != Default::default()) {
        (false, false) => None,
        (true, false) => Some("CSS of its own belongs to it and stays."),
        (false, true) => Some("Words of mails belong to it and stay."),
        (true, true) => Some("CSS of its own and words of mails belong to it and stay."),
    };
    let or = |field: &str, value: Option<String>| form.typed(field).or(value);
    view! {
        <TextField name="name" label="Name" value=or("name", Some(words.0.to_owned())) error=form.error("name") />
        <TextField
            name="description"
            label="Description"
            required=false
            value=or("description", Some(words.1.to_owned()))
            error=form.error("description")
            hint="What it is for, in a sentence."
        />
        <SelectField name="plan" label="Plan" options=plan_options value=or("plan", plan.map(str::to_owned)) error=form.error("plan") />
        <TextArea
            name="agents"
            label="Agents"
            rows=6
            hint=format!("One a line, at most {MOST_AGENTS}: name; model; department; cost centre. The last two may be left out.")
            value=or("agents", Some(content.agent_lines()))
            error=form.error("agents")
        />
        <div class="cols">
            <TextField
                name="accent"
                label="Accent colour"
                required=false
                value=or("accent", content.look.accent.clone())
                error=form.error("accent")
                hint="Such as #0b7285; nothing for the platform’s."
            />
            <SelectField
                name="sample"
                label="Sample data"
                options=samples
                value=or("sample", content.sample.map(|set| set.as_str().to_owned()))
                error=form.error("sample")
            />
        </div>
        <TextArea
            name="sign_in_text"
            label="Sign-in text"
            rows=3
            value=or("sign_in_text", content.look.sign_in_text.clone())
            error=form.error("sign_in_text")
        />
        <div class="cols">
            <TextArea
                name="allowed_models"
                label="Allowed models"
                rows=3
                hint="One a line; nothing allows every model."
                value=or("allowed_models", Some(models))
                error=form.error("allowed_models")
            />
            <TextField
                name="default_model"
                label="Default model"
                required=false
                value=or("default_model", content.default_model.as_ref().map(ToString::to_string))
                error=form.error("default_model")
            />
        </div>
        {extra.map(|text| view! { <p class="hint">{text}</p> })}
    }
}

type Found = Option<Result<(Slug, TemplateContent, String), String>>;

fn new(form: &Form, plans: &[Plan], found: Found) -> impl IntoView + use<> {
    let (notice, of, content, plan) = match found {
        None => (None, String::new(), TemplateContent::default(), None),
        Some(Ok((slug, content, plan))) => {
            let text = format!("As {slug} is now. Its name, images, people, keys and data stay its own.");
            (Some(("info", text)), slug.to_string(), content, Some(plan))
        }
        Some(Err(of)) => {
            (Some(("error", format!("There is no tenant with the slug “{of}”."))), String::new(), TemplateContent::default(), None)
        }
    };
    view! {
        <div class="head"><div class="grow"><h1>"New template"</h1><p>"What a new tenant begins with. It is the tenant’s own from then on."</p></div></div>
        <div class="narrow stack">
            {notice.map(|(kind, text)| view! { <Notice kind=kind><bdi>{text}</bdi></Notice> })}
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=CreateTemplate::PATH>
                <input type="hidden" name="of" value=of />
                <TextField
                    name="key"
                    label="Key"
                    value=form.typed("key")
                    error=form.error("key")
                    hint="As command line and programs call it: lower-case letters, digits and hyphens. It stays."
                />
                {fields(form, &content, plan.as_deref(), plans, ("", ""))}
                <div class="actions"><button class="btn pri">"Create template"</button><a class="btn" href="/admin/templates">"Cancel"</a></div>
            </form>
        </div>
    }
}

fn one(form: &Form, template: &Template, plans: &[Plan], ask: &str) -> impl IntoView + use<> {
    let here = format!("/admin/templates/{}", template.key);
    let question = view! {
        <p>{format!("Nobody can make a tenant of {} any more. Tenants that were made from it stay as they are.", template.name)}</p>
        <input type="hidden" name="template" value=template.key.clone() />
    };
    view! {
        <div class="head">
            <div class="grow">
                <h1><bdi>{template.name.clone()}</bdi></h1>
                <p><a href="/admin/templates">"Templates"</a>": "<span class="mono">{template.key.clone()}</span></p>
            </div>
            <a class="btn" href=format!("/admin/tenants/new?template={}", template.key)>"New tenant from it"</a>
            <ConfirmDialog
                id="delete".to_owned()
                label="Delete".to_owned()
                title=format!("Delete {}?", template.name)
                href=format!("{here}?ask=delete#delete")
                cancel_href=here.clone()
                action=DeleteTemplate::PATH.to_owned()
                confirm="Delete the template".to_owned()
                danger=true
                open=ask == "delete"
            >
                {question}
            </ConfirmDialog>
        </div>
        <div class="narrow stack">
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=ChangeTemplate::PATH>
                <input type="hidden" name="template" value=template.key.clone() />
                <input type="hidden" name="revision" value=template.revision.to_string() />
                {fields(form, &template.content, template.plan.as_deref(), plans, (&template.name, &template.description))}
                <div class="actions"><button class="btn pri">"Save"</button><a class="btn" href="/admin/templates">"Cancel"</a></div>
            </form>
        </div>
        <Islands />
    }
}
