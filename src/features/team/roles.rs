//! `/t/{slug}/roles`: what each role may do, written from the table by which the server itself decides.

use maud::{Markup, html};

use crate::domain::capability::{MATRIX, Right, ViewTenant};
use crate::domain::quantity;
use crate::domain::role::Role;
use crate::web::frame::PortalFrame;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context};

pub fn roles_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ViewTenant>(&member).await?;
        let counts = tx.count_roles().await?;
        let (frame, own) = (PortalFrame::new(&me, &tx), tx.tenant().role);
        tx.commit().await?;
        let team = format!("{}/team", frame.base());
        let line = format!("You are {} here.", with_article(own));
        let body = html! {
            div class="head" {
                div class="grow" { h1 { "Roles" } p { (line) } }
                a class="btn" href=(team) { "Back to the team" }
            }
            (table(own, &counts))
            section class="card pad stack" {
                h2 { "How roles change" }
                ul {
                    li { "Owners and admins give roles, on " a href=(team) { "the page of the team" } ": open a member to change theirs, or choose one with an invite." }
                    li { "Nobody gives or takes more than they have: an admin can make admins, but no owner." }
                    li { "A change counts from the person's next click on. One owner always stays." }
                }
            }
        };
        Ok(frame.page("Roles", "/team", body))
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

fn table(own: Role, counts: &[(Role, i64)]) -> Markup {
    let people = |role: Role| counts.iter().find(|(other, _)| *other == role).map_or(0, |(_, count)| *count);
    // Who may do the most common things stands first, as the roles do.
    let mut rights: Vec<&Right> = MATRIX.iter().collect();
    rights.sort_by_key(|right| right.least);
    html! {
        section class="card rows roles" {
            table role="table" {
                caption class="visually-hidden" { "What each role may do" }
                thead role="rowgroup" {
                    tr role="row" {
                        th role="columnheader" scope="col" { "What" }
                        @for role in Role::ALL {
                            th role="columnheader" scope="col" class={ "mark" @if role == own { " own" } } {
                                (role.label()) small { (quantity::plural(people(role), "person", "people")) }
                            }
                        }
                        th role="columnheader" scope="col" { "API keys" }
                    }
                }
                tbody role="rowgroup" { @for right in rights { (row(right, own)) } }
            }
        }
    }
}

fn row(right: &Right, own: Role) -> Markup {
    html! {
        tr role="row" {
            th role="rowheader" scope="row" class="name" { (right.words().trim_end_matches('.')) }
            @for role in Role::ALL {
                @let (class, word) = if role >= right.least { ("mark yes", "Yes") } else { ("mark no", "No") };
                td role="cell" class={ (class) @if role == own { " own" } } data-label=(role.label()) {
                    span class="visually-hidden" { (word) }
                }
            }
            td role="cell" class=[right.scope.is_none().then_some("extra")] data-label="API keys" {
                @match right.scope {
                    Some(scope) => { "with scope " code { (scope.as_str()) } },
                    None => span class="muted" { "never" },
                }
            }
        }
    }
}
