//! Who asks the machine API: keys in every state, and those who have none.

use tenantry::domain::ids::TenantId;
use tenantry::domain::key::Scope;

use super::World;
use super::people::Tenant;

/// All but `Foreign` belong, or belonged, to tenant A, to a third tenant or to the platform; `Foreign` is a key of B.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyActor {
    /// No key at all.
    Nobody,
    /// The owner's session in a cookie, and no key.
    Cookie,
    Malformed,
    Unknown,
    /// All scopes.
    Good,
    /// One scope alone.
    Only(Scope),
    Revoked,
    Expired,
    /// Of a tenant that was suspended.
    Suspended,
    /// Of a tenant that was deleted.
    Deleted,
    Foreign,
    Platform,
    PlatformRevoked,
    PlatformExpired,
}

impl KeyActor {
    pub const ALL: [KeyActor; 16] = [
        KeyActor::Nobody,
        KeyActor::Cookie,
        KeyActor::Malformed,
        KeyActor::Unknown,
        KeyActor::Good,
        KeyActor::Only(Scope::Read),
        KeyActor::Only(Scope::Usage),
        KeyActor::Only(Scope::Resources),
        KeyActor::Revoked,
        KeyActor::Expired,
        KeyActor::Suspended,
        KeyActor::Deleted,
        KeyActor::Foreign,
        KeyActor::Platform,
        KeyActor::PlatformRevoked,
        KeyActor::PlatformExpired,
    ];

    /// What stands after `Bearer`.
    pub fn key(self) -> Option<String> {
        let (mark, word) = match self {
            KeyActor::Nobody | KeyActor::Cookie => return None,
            KeyActor::Malformed => return Some("tk_short".to_owned()),
            KeyActor::Unknown => ("tk", "unknown".to_owned()),
            KeyActor::Good => ("tk", "good".to_owned()),
            KeyActor::Only(scope) => ("tk", format!("only-{}", scope.as_str())),
            KeyActor::Revoked => ("tk", "revoked".to_owned()),
            KeyActor::Expired => ("tk", "expired".to_owned()),
            KeyActor::Suspended => ("tk", "suspended".to_owned()),
            KeyActor::Deleted => ("tk", "deleted".to_owned()),
            KeyActor::Foreign => ("tk", "foreign".to_owned()),
            KeyActor::Platform => ("pk", "good".to_owned()),
            KeyActor::PlatformRevoked => ("pk", "revoked".to_owned()),
            KeyActor::PlatformExpired => ("pk", "expired".to_owned()),
        };
        Some(format!("{mark}_{word:-<43}"))
    }
}

async fn plant(world: &World, tenant: TenantId, actor: KeyActor, scopes: &[Scope], state: &str) {
    let key = actor.key().expect("an actor with a key");
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    world
        .sql(&format!(
            "insert into api_keys (tenant_id, name, prefix, key_hash, scopes, created_by, revoked_at, expires_at)
             values ('{tenant}', '{actor:?}', '{prefix}', sha256('{key}'), '{{{scopes}}}', 'scene', {state})",
            prefix = &key[..11],
            scopes = scopes.join(",")
        ))
        .await;
}

/// Gives every actor its key.
pub async fn plant_all(world: &World, a: &Tenant, b: &Tenant, closed: &Tenant, gone: &Tenant) {
    let works = "null, null";
    plant(world, a.id, KeyActor::Good, &Scope::ALL, works).await;
    for scope in Scope::ALL {
        plant(world, a.id, KeyActor::Only(scope), &[scope], works).await;
    }
    plant(world, a.id, KeyActor::Revoked, &Scope::ALL, "now(), null").await;
    plant(world, a.id, KeyActor::Expired, &Scope::ALL, "null, now() - interval '1 second'").await;
    plant(world, closed.id, KeyActor::Suspended, &Scope::ALL, works).await;
    plant(world, gone.id, KeyActor::Deleted, &Scope::ALL, works).await;
    plant(world, b.id, KeyActor::Foreign, &Scope::ALL, works).await;
    for (actor, state) in [
        (KeyActor::Platform, works),
        (KeyActor::PlatformRevoked, "now(), null"),
        (KeyActor::PlatformExpired, "null, now() - interval '1 second'"),
    ] {
        let key = actor.key().expect("an actor with a key");
        world
            .sql(&format!(
                "insert into platform_keys (name, prefix, key_hash, created_by, revoked_at, expires_at)
                 values ('{actor:?}', '{prefix}', sha256('{key}'), 'scene', {state})",
                prefix = &key[..11]
            ))
            .await;
    }
}
