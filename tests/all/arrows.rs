//! Which module may know which: the table of the architecture, read from the `use` lines.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A layer, and the layers that it may import besides itself.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("config", &["domain"]),
    ("store", &["domain"]),
    ("ui", &["domain"]),
    ("dns", &["domain"]),
    ("web", &["domain", "store", "config", "dns", "ui"]),
    ("features", &["domain", "store", "ui", "web"]),
    ("app", &["features", "ui", "web", "domain"]),
    ("edge", &["app", "web", "store", "domain", "config", "dns"]),
    ("jobs", &["store", "dns", "domain"]),
    ("cli", &["app", "config", "dns", "domain", "edge", "features", "jobs", "store", "ui", "web", "cli"]),
];

/// `src/store/cluster/find.rs` is in `store`; of features, each is a layer of its own: `features/team`.
fn layer(path: &[&str]) -> String {
    match path {
        ["features", feature, ..] => format!("features/{}", feature.trim_end_matches(".rs")),
        [first, ..] => first.trim_end_matches(".rs").to_owned(),
        [] => String::new(),
    }
}

/// Every layer named by a `crate::` path, in `use` lines and elsewhere, groups `crate::{a::b, c}` taken apart.
fn imports(source: &str) -> BTreeSet<String> {
    let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let path = &code[at + "crate::".len()..];
        for path in split(path) {
            let parts: Vec<&str> = path.split("::").map(str::trim).collect();
            match parts.as_slice() {
                ["features", rest, ..] if rest.starts_with('{') => {
                    found.extend(split(rest).iter().map(|feature| layer(&["features", feature])))
                }
                parts => {
                    found.insert(layer(parts));
                }
            }
        }
    }
    found
}

/// A path up to where it ends, or each path of a group.
fn split(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        let end = path.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':' || c == '{')).unwrap_or(path.len());
        return vec![path[..end].to_owned()];
    };
    let (mut depth, mut members, mut member) = (0, Vec::new(), String::new());
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => members.push(std::mem::take(&mut member)),
            _ => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                member.push(c);
            }
        }
    }
    members.push(member);
    members.into_iter().map(|member| member.trim().to_owned()).filter(|member| !member.is_empty()).collect()
}

fn allowed(from: &str, to: &str) -> bool {
    if from == to || matches!(from, "lib" | "main") || from == "features/mod" {
        return true;
    }
    let kind = |layer: &str| layer.split('/').next().unwrap_or_default().to_owned();
    let (from, target) = (kind(from), kind(to));
    // Paths straight to the crate's root: macros.
    if !ARROWS.iter().any(|(known, _)| *known == target) {
        return false;
    }
    ARROWS.iter().any(|(known, may)| *known == from && may.contains(&target.as_str())) && !(from == "features" && target == "features")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_module_imports_only_what_its_place_may_know() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for file in files(&root) {
        let below = file.strip_prefix(&root).expect("below src");
        let parts: Vec<&str> = below.iter().filter_map(|part| part.to_str()).collect();
        let from = layer(&parts);
        for to in imports(&std::fs::read_to_string(&file).expect("readable")) {
            if !allowed(&from, &to) {
                wrong.push(format!("{} imports {to}", below.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_wrong_arrow_is_seen_however_it_is_written() {
    for (file, source, wrong) in [
        ("domain/role.rs", "use crate::store::Store;", true),
        ("store/users.rs", "use crate::domain::{email::Email, ids::UserId};", false),
        ("ui/table.rs", "fn f() { crate::store::error::g() }", true),
        ("features/team/server.rs", "use crate::{domain::role::Role, features::plans::pages, store::Store};", true),
        ("features/team/server.rs", "use crate::{domain::role::Role, features::team::pages, store::{Store, error}, ui, web};", false),
        ("features/team/server.rs", "use crate::edge::AppState;", true),
        ("jobs/mod.rs", "use crate::edge;", true),
        ("edge/mod.rs", "use crate::features::team;", true),
        ("app.rs", "use crate::features::{team, plans::pages};", false),
        ("domain/role.rs", "// use crate::store::Store;", false),
    ] {
        let from = layer(&file.split('/').collect::<Vec<_>>());
        assert_eq!(imports(source).iter().any(|to| !allowed(&from, to)), wrong, "{file}: {source}");
    }
}
