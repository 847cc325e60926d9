//! Mail: from its cause to a real mail server, and what people do with the links in it.

mod addresses;
mod console;
mod passwords;
mod sending;
mod told;

use tenantry::domain::role::Role;
use tenantry::jobs::work_off;

use crate::world::smtp::mailer;
use crate::world::{Tenant, World};

/// Invites somebody as the console does; the mail waits.
async fn invite(tenant: &Tenant, email: &str) {
    let mut console = tenant.world.console().await;
    let email = email.parse().expect("an address");
    console.invite(&tenant.slug, &email, Role::Member).await.expect("invited");
    console.commit().await.expect("committed");
}

/// A tenant whose own mail is out of the way.
async fn quiet(world: &World, name: &str) -> Tenant {
    let tenant = world.tenant(name).await;
    world.sql("delete from jobs").await;
    tenant
}

/// Everything that is due, done without a mail server.
pub async fn keep_all(world: &World) {
    work_off(&world.store, &mailer(None)).await;
}

/// `state attempts outcome`, of each mail to this address.
async fn states(world: &World, recipient: &str) -> Vec<String> {
    world
        .texts(&format!(
            "select concat_ws(' ', j.state, j.attempts, m.outcome) from mails m join jobs j on j.id = m.id where m.recipient = '{recipient}' order by m.id"
        ))
        .await
}

/// The one-time link of the newest mail of this kind, as the console shows it: path only.
pub async fn kept_link(world: &World, kind: &str) -> String {
    let root = world.account(&format!("root-{}@tenantry.example", uuid::Uuid::new_v4().simple())).await;
    world.sql(&format!("insert into platform_admins (user_id) values ('{root}')")).await;
    let me = world.sign_in(root).await;
    let admin = me.platform_admin().expect("an admin");
    let id: uuid::Uuid =
        world.text(&format!("select id::text from mails where kind = '{kind}' order by id desc limit 1")).await.parse().expect("an id");
    let mail = world.store.platform_read(&admin).await.expect("open").get_mail(id.into()).await.expect("there");
    let base = url::Url::parse(crate::world::smtp::BASE).expect("an address");
    let written = world.store.write_out(&mail.letter, &mail.brand, &base, mail.home.as_ref(), mail.shows_secrets(me.staff()));
    let link = written.link.unwrap_or_else(|| panic!("no link in {}", written.text));
    link.strip_prefix(crate::world::smtp::BASE).expect("ours").to_owned()
}
