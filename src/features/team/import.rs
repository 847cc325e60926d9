//! `/t/{slug}/team/import`: a CSV file of people; `…/import/{id}`: what is in it, line by line, before anybody is invited.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::inviting::{CarryOutImport, no_room};
use crate::domain::capability::ManageTeam;
use crate::domain::ids::ImportId;
use crate::domain::limit::AtLimit;
use crate::domain::quantity;
use crate::domain::roster::{BadLine, GoodLine, MAX_PEOPLE, Roster};
use crate::domain::when;
use crate::store::access::TenantHead;
use crate::store::imports::ImportState;
use crate::ui::field::{FormMessage, TextField};
use crate::ui::pager::Pager;
use crate::ui::text::Notice;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page::PageError;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

/// By this name the page finds its upload's errors, see `edge/team_import.rs`.
pub const UPLOAD: &str = "team/upload";
/// Bad lines on one page.
const LINES: usize = 200;
/// Good lines that are shown; the others are as good.
const GOOD_LINES: usize = 20;

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub fn new_import_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let form = Form::at(UPLOAD);
        let (me, member) = request::member(&slug).await?;
        let tx = Context::get().store.tenant::<ManageTeam>(&member).await?;
        let frame = PortalFrame::new(&me, &tx);
        tx.commit().await?;
        let team = format!("{}/team", frame.base());
        let limits = format!("At most 1 MB and {} people; more in several files.", quantity::count(count(MAX_PEOPLE)));
        let body = view! {
            <div class="head">
                <div class="grow"><h1>"Import people"</h1><p>"You see every line first; nobody is invited before you say so."</p></div>
                <a class="btn" href=team.clone()>"Back to the team"</a>
            </div>
            <div class="narrow stack">
                <FormMessage message=form.message().filter(|_| form.error("file").is_none()) />
                <form class="form card pad" method="post" enctype="multipart/form-data" action=format!("{team}/import")>
                    <TextField name="file" label="CSV file" kind="file" error=form.error("file") hint="Saved as “CSV UTF-8”, with commas." />
                    <div class="actions"><button class="btn pri">"Show what is in it"</button></div>
                </form>
                <section class="card pad stack">
                    <h2>"What the file looks like"</h2>
                    <pre>"name,email,role\nAda Ahrens,ada@example.com,admin\nBo Berg,bo@example.com,member"</pre>
                    <p>"The first line names the columns. A role is owner, admin, member or viewer, and no more than your own. "{limits}</p>
                </section>
            </div>
        };
        Ok(frame.view("Import people", "/team", body.into_any()))
    })
}

pub fn import_page() -> PageText {
    let (slug, import) = (request::param("slug"), request::param("import"));
    page(async move {
        let form = Form::of::<CarryOutImport>();
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ManageTeam>(&member).await?;
        let id = ImportId(import.parse().map_err(|_| PageError::NotFound)?);
        let import = tx.get_import(id).await?;
        let room = match &import.state {
            ImportState::Waiting(roster) => tx.find_limit("members", count(roster.good.len())).await?,
            ImportState::Done { .. } => None,
        };
        let (frame, head) = (PortalFrame::new(&me, &tx), tx.tenant().clone());
        tx.commit().await?;
        let team = format!("{}/team", frame.base());
        let from = format!("{}, uploaded by {} on {}", import.file_name, import.created_by, when::minute(import.created_at));
        let body = match import.state {
            ImportState::Done { at, by, invited, skipped } => {
                let text = format!("{} invited by {by} on {}", quantity::plural(invited, "person was", "people were"), when::minute(at));
                let skipped = (skipped > 0).then(|| format!(", {} left out", quantity::plural(skipped, "line was", "lines were")));
                view! {
                    <Notice kind="ok">{text}{skipped}"."</Notice>
                    <p>"Each invite has its own link: open an invite on the "<a href=team.clone()>"team page"</a>" to copy it."</p>
                }
                .into_any()
            }
            ImportState::Waiting(roster) => {
                let preview = Preview { id, head, team: team.clone(), base: frame.base().to_owned() };
                preview.body(roster, room.as_ref(), &form).into_any()
            }
        };
        let body = view! {
            <div class="head">
                <div class="grow"><h1>"Import people"</h1><p><bdi>{from}</bdi></p></div>
                <a class="btn" href=team>"Back to the team"</a>
            </div>
            {body}
        };
        Ok(frame.view("Import people", "/team", body.into_any()))
    })
}

struct Preview {
    id: ImportId,
    head: TenantHead,
    team: String,
    base: String,
}

impl Preview {
    fn body(&self, roster: Roster, room: Option<&AtLimit>, form: &Form) -> impl IntoView + use<> {
        let (good, bad) = (count(roster.good.len()), count(roster.bad.len()));
        let summary = format!(
            "{} can be invited, {} bad.",
            quantity::plural(good, "person", "people"),
            if bad == 0 { "no line is".to_owned() } else { quantity::plural(bad, "line is", "lines are") }
        );
        let too_many = room.map(|limit| {
            let text = no_room(limit, good);
            view! { <div class="banner over" role="status"><span><b>{text}</b></span><a class="btn" href=format!("{}/plan", self.base)>"Compare plans"</a></div> }
        });
        let message = form.message().filter(|_| room.is_none());
        let action = (good > 0 && room.is_none()).then(|| {
            let people = quantity::plural(good, "person", "people");
            let button = match bad {
                0 => format!("Invite {people}"),
                _ => format!("Skip {} and invite {people}", quantity::plural(bad, "bad line", "bad lines")),
            };
            view! {
                <form method="post" action=CarryOutImport::PATH>
                    <input type="hidden" name="tenant" value=self.head.slug.to_string() />
                    <input type="hidden" name="import" value=self.id.to_string() />
                    {(bad > 0).then(|| view! { <input type="hidden" name="skip_bad" value="yes" /> })}
                    <button class="btn pri">{button}</button>
                </form>
            }
        });
        let again = view! { <a class="btn" href=format!("{}/import", self.team)>"Choose another file"</a> };
        view! {
            <FormMessage message=message />
            {too_many}
            <section class="card pad stack">
                <p><b>{summary}</b>" Nobody is invited yet."</p>
                <div class="actions">{action}{again}</div>
            </section>
            {self.bad_table(roster.bad)}
            {good_table(roster.good)}
        }
    }

    fn bad_table(&self, bad: Vec<BadLine>) -> Option<impl IntoView + use<>> {
        if bad.is_empty() {
            return None;
        }
        let after: usize = query("after").and_then(|after| after.parse().ok()).unwrap_or(0);
        let mut lines = bad.into_iter().filter(|line| line.line > after).peekable();
        let shown: Vec<BadLine> = lines.by_ref().take(LINES).collect();
        let here = format!("{}/import/{}", self.team, self.id);
        let next = lines.peek().and(shown.last()).map(|last| format!("{here}?after={}", last.line));
        let first = (after > 0).then_some(here);
        let count = shown.len();
        let rows = shown
            .into_iter()
            .map(|line| {
                view! {
                    <tr role="row">
                        <td role="cell" class="name"><b>{format!("Line {}", line.line)}</b></td>
                        <td role="cell" class="long">{line.message}</td>
                        <td role="cell" class="long"><code><bdi>{line.text}</bdi></code></td>
                    </tr>
                }
            })
            .collect_view();
        Some(view! {
            <section class="card rows">
                <div class="card-head"><h2>"Bad lines"</h2></div>
                <table role="table">
                    <caption class="visually-hidden">"Lines that cannot be invited, and why"</caption>
                    <thead role="rowgroup"><tr role="row">
                        <th role="columnheader" scope="col">"Line"</th><th role="columnheader" scope="col">"What is wrong"</th>
                        <th role="columnheader" scope="col">"What stands there"</th>
                    </tr></thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
                <Pager shown=count first=first next=next label="Pages of bad lines" />
            </section>
        })
    }
}

fn good_table(good: Vec<GoodLine>) -> Option<impl IntoView> {
    let more = good.len().saturating_sub(GOOD_LINES);
    if good.is_empty() {
        return None;
    }
    let rows = good
        .into_iter()
        .take(GOOD_LINES)
        .map(|line| {
            let name = line.invite.name.as_ref().map(|name| name.as_str().to_owned());
            view! {
                <tr role="row">
                    <td role="cell" class="name"><b><bdi>{name}</bdi></b>" "<span>{line.invite.email.to_string()}</span></td>
                    <td role="cell" class="lead">{line.invite.role.label()}</td>
                    <td role="cell" data-label="Line">{line.line}</td>
                </tr>
            }
        })
        .collect_view();
    let foot = (more > 0).then(|| view! { <p class="foot">{format!("And {} more.", quantity::count(count(more)))}</p> });
    Some(view! {
        <section class="card rows">
            <div class="card-head"><h2>"To be invited"</h2></div>
            <table role="table">
                <caption class="visually-hidden">"People who can be invited"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Person"</th><th role="columnheader" scope="col">"Role"</th>
                    <th role="columnheader" scope="col">"Line"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            {foot}
        </section>
    })
}
