//! Archives that somebody has changed, with a manifest that agrees where it should.

use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Forged, pack, regular, unpacked};

fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The files of a good archive, ready to be changed.
#[derive(Clone)]
pub(super) struct Forgery(pub Vec<Forged>);

impl Forgery {
    /// The files of this archive.
    pub fn of(path: &Path) -> Self {
        Self(unpacked(path).iter().map(|(name, content)| regular(name, content)).collect())
    }

    /// As an archive, in this file.
    pub fn packed(&self, path: &Path) -> Vec<u8> {
        pack(path, &self.0);
        std::fs::read(path).expect("read")
    }

    pub fn content(&mut self, name: &str) -> &mut Vec<u8> {
        &mut self.0.iter_mut().find(|(_, known, _)| known == name.as_bytes()).unwrap_or_else(|| panic!("no {name}")).2
    }

    pub fn manifest(mut self, change: impl FnOnce(&mut Value)) -> Self {
        let mut manifest: Value = serde_json::from_slice(self.content("manifest.json")).expect("JSON");
        change(&mut manifest);
        *self.content("manifest.json") = manifest.to_string().into_bytes();
        self
    }

    /// With a manifest that says so.
    pub fn rows(mut self, table: &str, change: impl FnOnce(&str) -> String) -> Self {
        let name = format!("tables/{table}.jsonl");
        let text = change(std::str::from_utf8(self.content(&name)).expect("text"));
        *self.content(&name) = text.clone().into_bytes();
        self.manifest(|manifest| {
            let lines = text.matches('\n').count();
            manifest["files"][name] = serde_json::json!({ "sha256": hash(text.as_bytes()), "bytes": text.len(), "rows": lines });
        })
    }

    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(_, known, _)| known != name.as_bytes());
        self
    }

    pub fn file(&self) -> String {
        let (_, name, _) = self.0.iter().find(|(_, name, _)| name.starts_with(b"files/")).expect("a document");
        String::from_utf8(name.clone()).expect("text")
    }

    /// With this before everything else.
    pub fn first(mut self, entry: Forged) -> Self {
        self.0.insert(0, entry);
        self
    }

    pub fn before_last(mut self, entry: Forged) -> Self {
        self.0.insert(self.0.len() - 1, entry);
        self
    }
}
