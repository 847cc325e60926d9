//! `tenantry tenant import-users`: the same rules as in the portal.

use clap::Parser as _;
use tenantry::cli::output::{Output, Refusal};
use tenantry::cli::{Cli, Command, Installed, Surroundings};

use super::{acme, limit_members};
use crate::world::World;

async fn run(world: &World, words: &[&str]) -> Result<(), Refusal> {
    let cli = Cli::try_parse_from(["tenantry", "tenant"].iter().chain(words)).expect("a good command line");
    let Command::Installed(Installed::OnStore(command)) = cli.command else { panic!("it works on the store") };
    let around = Surroundings { base_url: "http://localhost:3000".to_owned(), demo_password: None, owner: None };
    command.run(&world.store, &around, &Output::new(true)).await
}

fn refused(result: Result<(), Refusal>) -> (String, Vec<(String, String)>) {
    match result {
        Err(Refusal::Refused { message, errors }) => (message, errors.into_iter().map(|error| (error.field, error.message)).collect()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_is_imported_at_the_command_line_all_or_none_or_without_its_bad_lines() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let folder = std::env::temp_dir().join(format!("tenantry-{}", world.database));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("people.csv");
    let path = file.to_str().expect("text");
    std::fs::write(
        &file,
        b"name,email,role\nAda,ada@acme.example,admin\nBo,bo@new.example,owner\nJ\xF6rg,j@new.example,member\nCy,cy@new.example,viewer\n",
    )
    .expect("written");

    let (message, lines) = refused(run(&world, &["import-users", "acme", "--csv", path]).await);
    assert_eq!(message, "Refused; nothing was changed.");
    assert_eq!(lines.iter().map(|(line, _)| line.as_str()).collect::<Vec<_>>(), ["line 2", "line 4"]);
    assert_eq!(lines[0].1, "ada@acme.example is a member already.");
    assert_eq!(acme.count("invites where email like '%@new.example'").await, 0);

    limit_members(&acme, 5).await;
    let (message, _) = refused(run(&world, &["import-users", "acme", "--csv", path, "--skip-bad"]).await);
    assert_eq!(message, "Max 5 members allowed. Upgrade your plan. 1 person too many; nobody was invited.");
    limit_members(&acme, 6).await;
    run(&world, &["import-users", "acme", "--csv", path, "--skip-bad"]).await.expect("two are good");
    assert_eq!(acme.count("invites where email like '%@new.example'").await, 2);
    assert_eq!(acme.count("invites where name = 'Bo' and role = 'owner' and inviter_kind = 'operator'").await, 1);
    assert_eq!(
        acme.count("audit_events where action = 'invite.created' and actor_kind = 'operator' and target = 'cy@new.example'").await,
        1
    );

    let (_, again) = refused(run(&world, &["import-users", "acme", "--csv", path]).await);
    assert_eq!(again.len(), 4, "all are bad now: {again:?}");
    let (_, missing) = refused(run(&world, &["import-users", "acme", "--csv", "/no/such/file.csv"]).await);
    assert_eq!(missing[0].0, "csv");
    let (message, _) = refused(run(&world, &["invite", "acme", "--email", "dee@new.example", "--role", "viewer"]).await);
    assert_eq!(message, "Max 6 members allowed. Upgrade your plan.", "one by one it is the same limit");
    let (message, _) = refused(run(&world, &["import-users", "nobody", "--csv", path]).await);
    assert_eq!(message, "Not found: the tenant nobody.");
    std::fs::remove_dir_all(&folder).expect("removed");
    world.finish().await;
}
