//! `tenantry tenant export`, `import` and `delete --permanent`, and `tenantry receipt verify`.

use clap::Parser as _;
use tenantry::cli::output::{Output, Refusal};
use tenantry::cli::{Cli, Command, Installed, Surroundings, main};
use tenantry::store::Store;

use super::{Folder, furnished};
use crate::resources::shelf::Shelf;
use crate::world::World;

async fn run(store: &Store, words: &[&str]) -> Result<(), Refusal> {
    let cli = Cli::try_parse_from(["tenantry", "tenant"].iter().chain(words)).expect("a good command line");
    let Command::Installed(Installed::OnStore(command)) = cli.command else { panic!("it works on the store") };
    let around = Surroundings { base_url: "http://localhost:3000".to_owned(), demo_password: None, owner: None };
    command.run(store, &around, &Output::new(true)).await
}

fn why(result: Result<(), Refusal>) -> String {
    match result {
        Err(Refusal::Refused { message, errors }) => {
            format!("{message} {}", errors.into_iter().map(|error| error.message).collect::<String>())
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_tenant_is_exported_imported_and_removed_at_the_command_line() {
    let (world, folder, shelf) = (World::start().await, Folder::new(), Shelf::default());
    let store = shelf.under(&world.store);
    let acme = furnished(&world, &store, "acme").await;
    let file = folder.file("acme.tar.gz");
    let path = file.to_str().expect("text");
    assert!(why(run(&store, &["export", "nowhere", "--output", path]).await).contains("Not found: the tenant nowhere"));
    assert!(!file.exists());
    run(&store, &["export", "acme", "--output", path]).await.expect("exported");
    assert!(why(run(&store, &["export", "acme", "--output", path]).await).contains("there already"));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).expect("there").permissions());
    assert_eq!(mode & 0o777, 0o600, "nobody else reads it");
    assert_eq!(acme.count("audit_events where action = 'export.made' and actor_kind = 'operator'").await, 1);
    assert!(
        why(run(&store, &["import", path]).await)
            .contains("The slug acme is taken: choose another. Say it with --slug. Nothing was imported.")
    );
    run(&store, &["import", path, "--slug", "acme-two"]).await.expect("imported");
    std::fs::write(folder.file("bad.tar.gz"), "no archive").expect("written");
    let bad = folder.file("bad.tar.gz");
    assert!(why(run(&store, &["import", bad.to_str().expect("text")]).await).contains("It is no archive of a tenant"));

    assert!(why(run(&store, &["delete", "acme", "--permanent", "--confirm", "acme-two"]).await).contains("Type acme to confirm."));
    assert_eq!(acme.status().await, "active");
    run(&store, &["delete", "acme", "--permanent", "--confirm", "acme"]).await.expect("removed");
    assert_eq!(world.texts("select slug from tenants").await, ["acme-two"]);
    assert!(why(run(&store, &["delete", "acme", "--permanent", "--confirm", "acme"]).await).contains("Not found"));
    // What was removed can come back from its archive, under its own slug.
    run(&store, &["import", path]).await.expect("imported");

    let receipt = folder.file("receipt.json");
    std::fs::write(&receipt, world.text("select receipt from purges").await).expect("written");
    let verify = |key: Option<&str>| {
        let mut words = vec!["tenantry", "receipt", "verify", receipt.to_str().expect("text")];
        words.extend(key.iter().flat_map(|key| ["--key", key]));
        main(Cli::try_parse_from(words).expect("a good command line"))
    };
    let key = store.receipt_public_key();
    let (good, bad) = (std::process::ExitCode::SUCCESS, std::process::ExitCode::from(1));
    assert_eq!((verify(None), verify(Some(&key)), verify(Some("00ff"))), (good, good, bad));
    let text = std::fs::read_to_string(&receipt).expect("read");
    std::fs::write(&receipt, text.replace("\"members\": 4", "\"members\": 3")).expect("written");
    assert_eq!(verify(Some(&key)), bad);
    world.finish().await;
}
