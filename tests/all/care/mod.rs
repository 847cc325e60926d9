//! Staff look after one tenant, on its page of the console.

mod audit;
mod command_line;
mod facts;
mod features;
mod helping;
mod life;
mod scripts;
mod scripts_quotas;
mod slugs;

use reqwest::Method;
use serde_json::Value;
use tenantry::domain::staff::StaffRole;

use crate::world::World;
use crate::world::http::Server;

/// A script with a platform key, `key scripts` in audit logs.
pub struct Script<'a> {
    server: &'a Server,
    key: String,
}

impl<'a> Script<'a> {
    pub async fn with(world: &World, server: &'a Server, role: StaffRole) -> Script<'a> {
        let key = format!("pk_{:-<43}", role.as_str().replace('_', "-"));
        world
            .sql(&format!(
                "insert into platform_keys (name, prefix, key_hash, role, created_by)
                 values ('scripts', '{}', sha256('{key}'), '{}', 'a test')",
                &key[..11],
                role.as_str()
            ))
            .await;
        Script { server, key }
    }

    /// Status and answer of a call below `/api/v1/platform`; null for one without a body.
    pub async fn call(&self, method: Method, path: &str, body: &str) -> (u16, Value) {
        let machine = self.server.browser();
        let ask = machine.ask(method, &format!("/api/v1/platform{path}")).bearer(&self.key);
        let reply = if body.is_empty() { ask.send().await } else { ask.json(body).send().await };
        match reply.body.as_str() {
            "" => (reply.status, Value::Null),
            body => (reply.status, serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))),
        }
    }

    /// The fields that a call is refused for, with 422.
    pub async fn wrong(&self, method: Method, path: &str, body: &str) -> Vec<String> {
        let (status, refusal) = self.call(method, path, body).await;
        assert_eq!(status, 422, "{path} {body}: {refusal}");
        let errors = refusal["errors"].as_array().expect("a list");
        errors.iter().map(|error| error["field"].as_str().unwrap_or_default().to_owned()).collect()
    }
}
