//! `/admin/keys`: the platform's own API keys.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::platform::{CreatePlatformKey, RevokePlatformKey, RotatePlatformKey};
use super::view::{self, KeysView};
use crate::domain::staff::ManagePlatformKeys;
use crate::ui::text::inert;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context};
use crate::web::shown_once;

pub fn platform_keys_page() -> PageText {
    page(async {
        let (create, rotate, revoke) = (Form::of::<CreatePlatformKey>(), Form::of::<RotatePlatformKey>(), Form::of::<RevokePlatformKey>());
        let (me, admin) = request::admin_with::<ManagePlatformKeys>().await?;
        let mut read = Context::get().store.platform_read_for::<ManagePlatformKeys>(&admin).await?;
        let new = match shown_once::take() {
            Some(key) => read.find_platform_key_name(&key).await?.map(|name| (name, key)),
            None => None,
        };
        let (keys, now) = (read.list_platform_keys().await?, read.now().await?);
        let body = view::body(&KeysView {
            here: "/admin/keys".to_owned(),
            tenant: None,
            lead: "For scripts that do what platform admins of a role do. Each opens every tenant: make few, and give them an end.",
            paths: (CreatePlatformKey::PATH, RotatePlatformKey::PATH, RevokePlatformKey::PATH),
            forms: (create, rotate, revoke),
            keys,
            new,
            now,
        });
        Ok(console(&me, "Platform keys", "/admin/keys", inert(body).into_any()))
    })
}
