//! Agents in the store.

use tenantry::domain::agent::{AgentChange, AgentForm, NewAgent};
use tenantry::domain::capability::{ManageAgents, ViewTenant};
use tenantry::domain::ids::AgentId;
use tenantry::domain::role::Role;
use tenantry::store::agents::AgentRow;
use tenantry::store::{Constraint, Result, Store, StoreError};

use super::allow;
use crate::world::World;
use crate::world::people::Tenant;

fn agent(name: &str) -> NewAgent {
    AgentForm { name: name.into(), model: "large".into(), department: "Sales".into(), cost_center: String::new() }.parse().expect("fine")
}

async fn create(tenant: &Tenant, name: &str) -> Result<AgentRow> {
    let mut tx = tenant.open::<ManageAgents>("owner").await?;
    let made = tx.create_agent(&agent(name)).await?;
    tx.commit().await?;
    Ok(made)
}

#[tokio::test]
async fn of_fifty_who_want_the_last_place_one_gets_it() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("mel", Role::Member).await;
    allow(&acme, "agents", Some(3)).await;
    for n in 0..2 {
        create(&acme, &format!("Early {n}")).await.expect("there is room");
    }
    let member = acme.member("mel").await;
    // Two servers.
    let stores = [world.store.clone(), world.another_store(8, 4)];
    let racers: Vec<_> = (0..50)
        .map(|n: usize| {
            let (store, member): (Store, _) = (stores[n % 2].clone(), member.clone());
            tokio::spawn(async move {
                // Fifty on sixteen connections: who waits too long is told to come again, and does.
                loop {
                    let mut tx = match store.tenant::<ManageAgents>(&member).await {
                        Ok(tx) => tx,
                        Err(StoreError::Unavailable(_)) => continue,
                        Err(error) => return Err(error),
                    };
                    tx.create_agent(&agent(&format!("Racer {n}"))).await?;
                    return tx.commit().await;
                }
            })
        })
        .collect();
    let mut won = 0;
    for racer in racers {
        match racer.await.expect("no panic") {
            Ok(()) => won += 1,
            Err(StoreError::AtLimit(limit)) => assert_eq!(limit.to_string(), "Max 3 agents allowed. Upgrade your plan."),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((won, acme.count("agents").await), (1, 3));
    assert_eq!(acme.count("audit_events where action = 'agent.created'").await, 3);
    stores[1].close().await;
    world.finish().await;
}

#[tokio::test]
async fn what_exists_counts_whether_it_is_active_or_not() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    allow(&acme, "agents", Some(1)).await;
    let only = create(&acme, "Only").await.expect("there is room");
    let mut tx = acme.open::<ManageAgents>("owner").await.expect("may");
    let asleep = tx.change_agent(only.id, &AgentChange { active: Some(false), ..AgentChange::default() }).await.expect("changed");
    tx.commit().await.expect("committed");
    assert!(!asleep.active);
    assert!(matches!(create(&acme, "Second").await, Err(StoreError::AtLimit(_))), "a sleeping agent keeps its place");
    let mut tx = acme.open::<ManageAgents>("owner").await.expect("may");
    tx.delete_agent(only.id).await.expect("deleted");
    tx.commit().await.expect("committed");
    create(&acme, "Second").await.expect("a deleted one does not");
    allow(&acme, "agents", None).await;
    create(&acme, "Third").await.expect("unlimited");
    world.finish().await;
}

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_agent() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    create(&acme, "Helper").await.expect("made");
    for name in ["Helper", "HELPER"] {
        assert!(matches!(create(&acme, name).await, Err(StoreError::Conflict(Constraint::AgentName))), "{name}");
    }
    create(&globex, "Helper").await.expect("names are each tenant's own");
    assert_eq!(acme.count("agents").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_change_changes_what_it_names_and_says_so_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let made = create(&acme, "Helper").await.expect("made");
    let mut tx = acme.open::<ManageAgents>("owner").await.expect("may");
    let change = AgentChange { department: Some(None), model: Some("small".parse().expect("a model")), ..AgentChange::default() };
    let changed = tx.change_agent(made.id, &change).await.expect("changed");
    assert_eq!((changed.name.as_str(), changed.model.as_str(), changed.department), ("Helper", "small", None));
    tx.change_agent(made.id, &change).await.expect("nothing to do");
    tx.commit().await.expect("committed");
    assert_eq!(acme.count("audit_events where action = 'agent.changed'").await, 1);
    let after = world.text("select after from audit_events where action = 'agent.changed'").await;
    assert!(after.contains("\"model\":\"small\"") && after.contains("\"department\":null"), "{after}");
    world.finish().await;
}

#[tokio::test]
async fn agents_of_others_are_not_there() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let theirs = create(&globex, "Theirs").await.expect("made").id;
    for id in [theirs, AgentId(uuid::Uuid::from_u128(42))] {
        let mut tx = acme.open::<ManageAgents>("owner").await.expect("may");
        assert!(matches!(tx.get_agent(id).await, Err(StoreError::NotFound)));
        let change = AgentChange { active: Some(false), ..AgentChange::default() };
        assert!(matches!(tx.change_agent(id, &change).await, Err(StoreError::NotFound)));
        assert!(matches!(tx.delete_agent(id).await, Err(StoreError::NotFound)));
        tx.commit().await.expect("nothing to refuse");
    }
    assert_eq!(globex.count("agents where active").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_list_goes_page_by_page_through_all_names_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let names = ["alpha", "Beta", "Épsilon", "delta", "Gamma", "zeta", "ETA"];
    for name in names {
        create(&acme, name).await.expect("made");
    }
    let mut tx = acme.open::<ViewTenant>("owner").await.expect("may");
    let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = tx.list_agents(after.as_deref(), 3).await.expect("a page");
        assert!(page.rows.len() <= 3);
        seen.extend(page.rows.into_iter().map(|row| row.name));
        pages += 1;
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    tx.commit().await.expect("read");
    assert_eq!((seen.len(), pages), (names.len(), 3));
    assert_eq!(seen[..3], ["alpha", "Beta", "delta"]);
    world.finish().await;
}
