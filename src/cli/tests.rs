use clap::CommandFactory as _;

use super::*;

#[test]
fn the_argument_tree_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_of_the_contract_is_understood() {
    for line in [
        "serve --demo",
        "--json migrate",
        "doctor --json",
        "audit verify audit-acme-17.jsonl --json",
        "demo --tenants 100000",
        "admin create --email a@b.example --name Ada",
        "account reset-second-factor --email a@b.example",
        "tenant create --name N --slug s --plan pro --owner-email a@b.example --trial-days 14 --monthly-budget 1000 \
         --billing-email b@b.example --max-agents 5 --max-monthly-tokens 6 --max-storage-gb 7 --max-concurrent-sessions 8",
        "tenant list --status active --plan pro --json",
        "tenant show acme",
        "tenant suspend acme --reason unpaid",
        "tenant resume acme",
        "tenant upgrade acme --plan enterprise",
        "tenant trial acme --extend-days 14",
        "tenant trial acme --convert --json",
        "tenant unpaid acme --owed invoices",
        "tenant paid acme",
        "tenant feature acme sso --on --reason pilot --until 2027-12-31",
        "tenant feature acme sso --off --reason flood",
        "tenant feature acme sso --plan --reason over",
        "tenant quotas acme --json",
        "receipt verify receipt-acme.json --key 00ff",
        "tenant export acme --output acme.tar.gz",
        "tenant import acme.tar.gz --slug acme-2 --plan pro --json",
        "tenant delete acme",
        "tenant delete acme --permanent --confirm acme",
        "tenant restore acme",
        "tenant invite acme --email a@b.example --role member",
        "tenant import-users acme --csv people.csv --skip-bad",
        "tenant usage acme --detailed --output usage.csv",
        "tenant update acme --max-agents 5 --max-monthly-tokens unlimited --max-storage-gb plan --max-concurrent-sessions 8 --reason r",
    ] {
        let words = std::iter::once("tenantry").chain(line.split_whitespace());
        if let Err(error) = Cli::try_parse_from(words) {
            panic!("{line}: {error}");
        }
    }
}

#[test]
fn wrong_use_ends_with_two() {
    for line in [
        "",
        "tenants",
        "tenant",
        "tenant show",
        "tenant suspend acme",
        "tenant delete",
        "tenant delete acme --permanent",
        "tenant delete acme --confirm acme",
        "tenant export acme",
        "tenant import",
        "receipt verify",
        "tenant invite acme --role member",
        "tenant import-users acme",
        "demo --tenants many",
        "audit verify",
        "tenant create --max-agents -1",
        "tenant update acme",
        "tenant update acme --max-agents 1.5",
        "tenant usage",
        "tenant upgrade acme",
        "tenant trial acme",
        "tenant trial acme --extend-days 0",
        "tenant trial acme --extend-days 14 --convert",
        "tenant unpaid acme",
        "tenant paid",
        "tenant feature acme sso --reason pilot",
        "tenant feature acme sso --on",
        "tenant feature acme sso --on --off --reason pilot",
        "tenant feature acme --on --reason pilot",
        "tenant quotas",
    ] {
        let words = std::iter::once("tenantry").chain(line.split_whitespace());
        assert_eq!(Cli::try_parse_from(words).map_err(|error| error.exit_code()).err(), Some(2), "{line}");
    }
}
