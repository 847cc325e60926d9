//! `/t/{slug}/roles`: what each role may do, written from the table by which the server itself decides.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::domain::capability::{MATRIX, Right, ViewTenant};
use crate::domain::quantity;
use crate::domain::role::Role;
use crate::web::frame::PortalFrame;
use crate::web::page;
use crate::web::request::{self, Context};

#[component]
pub fn RolesPage() -> impl IntoView {
    let slug = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    page(async move {
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ViewTenant>(&member).await?;
        let counts = tx.count_roles().await?;
        let (frame, own) = (PortalFrame::new(&me, &tx), tx.tenant().role);
        tx.commit().await?;
        let team = format!("{}/team", frame.base());
        let line = format!("You are {} here.", with_article(own));
        let body = view! {
            <div class="head">
                <div class="grow"><h1>"Roles"</h1><p>{line}</p></div>
                <a class="btn" href=team.clone()>"Back to the team"</a>
            </div>
            {table(own, &counts)}
            <section class="card pad stack">
                <h2>"How roles change"</h2>
                <ul>
                    <li>"Owners and admins give roles, on "<a href=team>"the page of the team"</a>": open a member to change theirs, or choose one with an invite."</li>
                    <li>"Nobody gives or takes more than they have: an admin can make admins, but no owner."</li>
                    <li>"A change counts from the person's next click on. One owner always stays."</li>
                </ul>
            </section>
        };
        Ok(frame.view("Roles", "/team", body.into_any()))
    })
}

pub(super) fn with_article(role: Role) -> &'static str {
    match role {
        Role::Viewer => "a viewer",
        Role::Member => "a member",
        Role::Admin => "an admin",
        Role::Owner => "an owner",
    }
}

fn table(own: Role, counts: &[(Role, i64)]) -> impl IntoView + use<> {
    let heads = Role::ALL
        .into_iter()
        .map(|role| {
            let people = counts.iter().find(|(other, _)| *other == role).map_or(0, |(_, count)| *count);
            let people = quantity::plural(people, "person", "people");
            view! { <th role="columnheader" scope="col" class="mark" class:own=role == own>{role.label()}<small>{people}</small></th> }
        })
        .collect_view();
    // Who may do the most common things stands first, as the roles do.
    let mut rights: Vec<&Right> = MATRIX.iter().collect();
    rights.sort_by_key(|right| right.least);
    let rows = rights.into_iter().map(|right| row(right, own)).collect_view();
    view! {
        <section class="card rows roles">
            <table role="table">
                <caption class="visually-hidden">"What each role may do"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"What"</th>{heads}
                    <th role="columnheader" scope="col">"API keys"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
}

fn row(right: &Right, own: Role) -> impl IntoView + use<> {
    let marks = Role::ALL
        .into_iter()
        .map(|role| {
            let (class, word) = if role >= right.least { ("mark yes", "Yes") } else { ("mark no", "No") };
            view! { <td role="cell" class=class class:own=role == own data-label=role.label()><span class="visually-hidden">{word}</span></td> }
        })
        .collect_view();
    let keys = match right.scope {
        Some(scope) => view! { "with scope "<code>{scope.as_str()}</code> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    view! {
        <tr role="row">
            <th role="rowheader" scope="row" class="name">{right.words().trim_end_matches('.')}</th>
            {marks}
            <td role="cell" class=right.scope.is_none().then_some("extra") data-label="API keys">{keys}</td>
        </tr>
    }
}
