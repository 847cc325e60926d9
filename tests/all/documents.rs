//! What is written for people and tools says what the program does.

use tenantry::config::VARIABLES;

const README: &str = include_str!("../../README.md");

/// The variables and defaults of the README's table, without the signs of its markup.
fn documented(readme: &str) -> Vec<(String, String)> {
    let cells = |row: &str| row.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let table = readme.lines().skip_while(|line| !line.starts_with("| variable |")).skip(2).take_while(|line| line.starts_with('|'));
    table.map(cells).map(|row| (row[1].trim_matches('`').to_owned(), row[2].replace("&lt;", "<").replace("&gt;", ">"))).collect()
}

/// The lines between this heading and the next one.
fn table<'a>(text: &'a str, heading: &str) -> Vec<&'a str> {
    text.lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn the_readme_lists_every_variable_with_its_default() {
    let expected: Vec<(String, String)> = VARIABLES.iter().map(|(name, default)| ((*name).to_owned(), (*default).to_owned())).collect();
    assert_eq!(documented(README), expected);
    assert_ne!(documented(&README.replacen("| info |", "| debug |", 1)), expected, "a default that is told wrong is seen");
}

#[test]
fn cargo_leptos_and_the_server_read_the_same_settings() {
    let heading = "[package.metadata.leptos]";
    let cargo = table(include_str!("../../Cargo.toml"), heading);
    assert!(!cargo.is_empty());
    assert_eq!(cargo, table(include_str!("../../Leptos.toml"), heading));
}
