//! A tenant's team: invites, files of people, roles, the plan's limit of members.

mod accepting;
mod cli;
mod importing;
mod inviting;
mod limit;
mod roles;

use scraper::{Html, Selector};
use tenantry::domain::capability::ManageTeam;
use tenantry::domain::ids::InviteId;
use tenantry::domain::invite::NewInvite;
use tenantry::domain::role::Role;
use tenantry::domain::token::Token;
use tenantry::store::inviting::Invited;
use tenantry::store::{Result, Store};

use crate::world::http::{Browser, Reply};
use crate::world::{Tenant, World};

fn new(email: &str, role: Role) -> NewInvite {
    NewInvite { email: email.parse().expect("an address"), role, name: None }
}

/// Somebody of this tenant invites somebody, at one of its servers.
async fn invite_at(store: &Store, acme: &Tenant, me: &str, email: &str, role: Role) -> Result<Invited> {
    let mut tx = store.tenant::<ManageTeam>(&acme.member(me).await).await?;
    let invited = tx.invite(&[new(email, role)], None).await?;
    tx.commit().await?;
    Ok(invited)
}

async fn invite(acme: &Tenant, me: &str, email: &str, role: Role) -> Result<Invited> {
    invite_at(&acme.world.store, acme, me, email, role).await
}

/// The owner invites somebody; the invite and its link.
async fn invited(acme: &Tenant, email: &str, role: Role) -> (InviteId, Token) {
    let Invited::Made(made) = invite(acme, "owner", email, role).await.expect("an owner may") else { panic!("{email} is taken") };
    let mut tx = acme.open::<ManageTeam>("owner").await.expect("an owner may");
    let token = tx.get_invite(made[0]).await.expect("just made").token.expect("it is open");
    tx.commit().await.expect("ended");
    (made[0], token)
}

async fn limit_members(acme: &Tenant, quota: i64) {
    acme.limit("members", quota).await;
}

/// The page at `path` with what a failed form brings back to it.
async fn sent_back(browser: &Browser, path: &str, reply: &Reply) -> Reply {
    let (_, query) = reply.location().split_once('?').expect("an error in the address");
    browser.get(&format!("{path}?{query}")).await
}

fn select(reply: &Reply, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("a selector");
    Html::parse_document(&reply.body).select(&selector).map(|found| found.text().collect::<String>().trim().to_owned()).collect()
}

/// The value of the first field that the selector finds.
fn value(reply: &Reply, selector: &str) -> String {
    let selector = Selector::parse(selector).expect("a selector");
    let page = Html::parse_document(&reply.body);
    page.select(&selector).next().and_then(|field| field.value().attr("value")).unwrap_or_default().to_owned()
}

/// Slug and a running number stand for a world with one tenant and its owner's browser.
async fn acme(world: &World) -> Tenant {
    world.tenant("acme").with("ada", Role::Admin).with("mel", Role::Member).with("vi", Role::Viewer).await
}
