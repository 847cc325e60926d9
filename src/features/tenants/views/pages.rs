//! `/admin/views`: saved views; `?of=` saves one, `?change=` and `?delete=` do that to one.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::{ChangeView, DeleteView, SaveView};
use crate::domain::listing::{PATH, TenantQuery};
use crate::store::staff_views::StaffView;
use crate::ui::field::{FormMessage, TextField};
use crate::ui::text::Notice;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

/// What the page was asked for.
struct Asked {
    save: Form,
    change: Form,
    delete: Form,
    /// A view to save, behind the list's address.
    of: Option<String>,
    changes: Option<String>,
    deletes: Option<String>,
    done: Option<&'static str>,
}

pub fn views_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let (save, change, delete) = (Form::of::<SaveView>(), Form::of::<ChangeView>(), Form::of::<DeleteView>());
        let failed = save.failed() || change.failed() || delete.failed();
        let asked = Asked {
            of: query("of"),
            changes: query("change").or_else(|| change.typed("view")),
            deletes: query("delete"),
            done: match query("done").as_deref() {
                Some("changed") if !failed => Some("Changed."),
                Some("deleted") if !failed => Some("Deleted. The tenants that it showed are as they were."),
                _ => None,
            },
            save,
            change,
            delete,
        };
        let views = Context::get().store.platform_read(&admin).await?.list_staff_views(me.user()).await?;
        let (own, shared): (Vec<_>, Vec<_>) = views.into_iter().partition(|view| view.user == me.user());
        let body = view! {
            <div class="head">
                <div class="grow"><h1>"Saved views"</h1><p>"Of the list of tenants: filters, order and columns under a name."</p></div>
                <a class="btn" href=PATH>"Back to the list"</a>
            </div>
            {asked.done.map(|text| view! { <Notice kind="ok">{text}</Notice> })}
            <FormMessage message=asked.delete.message() />
            {saving(&asked)}
            {table("Your views", "Save one from the list: narrow it, then choose “Save view”.", &own, Some(&asked))}
            {table("Shared by others", "Nobody else shares one yet.", &shared, None)}
        };
        Ok(console(&me, "Saved views", PATH, body.into_any()))
    })
}

fn share(ticked: bool) -> impl IntoView {
    view! {
        <div class="field"><label class="check"><input type="checkbox" name="shared" value="on" checked=ticked />"Shown to all staff"</label></div>
    }
}

fn saving(asked: &Asked) -> Option<impl IntoView + use<>> {
    let of = asked.of.clone()?;
    let line = TenantQuery::from_query(&of).0.line.to_string();
    let what = if line.is_empty() { "All tenants".to_owned() } else { line };
    let form = &asked.save;
    Some(view! {
        <form class="form card pad narrow" method="post" action=SaveView::PATH>
            <h2>"Save this view"</h2>
            <p><code>{what}</code></p>
            <FormMessage message=form.message().filter(|_| form.error("name").is_none()) />
            <input type="hidden" name="of" value=of />
            <TextField name="name" label="Name" value=form.typed("name") error=form.error("name") focus=true />
            {share(form.typed("shared").is_some_and(|shared| shared == "on"))}
            <div class="actions"><button class="btn pri">"Save view"</button></div>
        </form>
    })
}

fn changing(view: &StaffView, asked: &Asked) -> impl IntoView + use<> {
    let form = &asked.change;
    let shared = form.typed("shared").map_or(view.shared, |shared| shared == "on");
    view! {
        <form class="form" method="post" action=ChangeView::PATH>
            <FormMessage message=form.message().filter(|_| form.error("name").is_none()) />
            <input type="hidden" name="view" value=view.id.to_string() />
            <TextField name="name" label="Name" value=form.typed("name").or_else(|| Some(view.name.clone())) error=form.error("name") focus=true />
            {share(shared)}
            <div class="actions"><button class="btn pri">"Save"</button><a class="btn" href="/admin/views">"Cancel"</a></div>
        </form>
    }
}

fn deleting(view: &StaffView) -> impl IntoView + use<> {
    let who = if view.shared { "It goes for all staff." } else { "Nobody else has it." };
    view! {
        <form class="form" method="post" action=DeleteView::PATH>
            <p><b>{format!("Delete “{}”? ", view.name)}</b>{who}" Tenants stay as they are."</p>
            <input type="hidden" name="view" value=view.id.to_string() />
            <div class="actions"><button class="btn danger pri">"Delete view"</button><a class="btn" href="/admin/views">"Cancel"</a></div>
        </form>
    }
}

/// `asked` where the views are one's own.
fn table(title: &'static str, empty: &'static str, views: &[StaffView], asked: Option<&Asked>) -> impl IntoView + use<> {
    let rows = views
        .iter()
        .map(|view| {
            let id = view.id.to_string();
            let line = TenantQuery::from_query(&view.query).0.line.to_string();
            let who = match (asked.is_some(), view.shared) {
                (true, true) => "Shared".to_owned(),
                (true, false) => "Only you".to_owned(),
                (false, _) => view.by.clone(),
            };
            let is = |asked: &Option<String>| asked.as_ref() == Some(&id);
            let form = asked.and_then(|asked| {
                if is(&asked.changes) {
                    Some(changing(view, asked).into_any())
                } else if is(&asked.deletes) {
                    Some(deleting(view).into_any())
                } else {
                    None
                }
            });
            let links = asked.filter(|_| form.is_none()).map(|_| {
                view! {
                    <a class="link" href=format!("/admin/views?change={id}")>"Rename"</a>" "
                    <a class="link" href=format!("/admin/views?delete={id}")>"Delete"</a>
                }
            });
            let open = form.map(|form| view! { <tr role="row"><td role="cell" colspan="4">{form}</td></tr> });
            view! {
                <tr role="row">
                    <td role="cell" class="name"><a href=format!("{PATH}?{}", view.query)><bdi>{view.name.clone()}</bdi></a></td>
                    <td role="cell" class="long"><code>{line}</code></td>
                    <td role="cell" class="lead">{who}</td>
                    <td role="cell" class="do">{links}</td>
                </tr>
                {open}
            }
        })
        .collect_view();
    let table = if views.is_empty() {
        view! { <p class="muted pad">{empty}</p> }.into_any()
    } else {
        view! {
            <table role="table">
                <caption class="visually-hidden">{title}</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Name"</th><th role="columnheader" scope="col">"Filters"</th>
                    <th role="columnheader" scope="col">"Who sees it"</th>
                    <th role="columnheader" scope="col"><span class="visually-hidden">"Change"</span></th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! { <section class="card rows"><div class="card-head"><h2>{title}</h2></div>{table}</section> }
}
