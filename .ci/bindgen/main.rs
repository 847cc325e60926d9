//! `bindgen islands.wasm folder`: writes `tenantry.js` and `tenantry_bg.wasm` into the folder. Used by `.ci/islands` only.

use anyhow::Context as _;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let (wasm, folder) = args.next().zip(args.next()).context("usage: bindgen islands.wasm folder")?;
    Bindgen::new().input_path(wasm).web(true)?.typescript(false).omit_default_module_path(true).out_name("tenantry").generate(folder)
}
