//! `/t/{slug}/keys`: the tenant's API keys, for its admins.

use leptos::server_fn::ServerFn as _;

use super::server::{CreateKey, RevokeKey, RotateKey};
use super::view::{self, KeysView};
use crate::domain::capability::ManageKeys;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context};
use crate::web::shown_once;

pub fn keys_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (create, rotate, revoke) = (Form::of::<CreateKey>(), Form::of::<RotateKey>(), Form::of::<RevokeKey>());
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ManageKeys>(&member).await?;
        let new = match shown_once::take() {
            Some(key) => tx.find_key_name(&key).await?.map(|name| (name, key)),
            None => None,
        };
        let keys = tx.list_keys().await?;
        let (frame, head) = (PortalFrame::new(&me, &tx), tx.tenant().clone());
        tx.commit().await?;
        let body = view::body(&KeysView {
            here: format!("{}/keys", frame.base()),
            tenant: Some(head.slug.to_string()),
            lead: "For programs that ask Tenantry for quota, report usage or work with this tenant's agents.",
            paths: (CreateKey::PATH, RotateKey::PATH, RevokeKey::PATH),
            forms: (create, rotate, revoke),
            keys,
            new,
            now: head.now,
        });
        Ok(frame.page("API keys", "/keys", body))
    })
}
