// Publishes the site: `site.mjs STAGE SITE PROFILE` names files after their content, compresses them, and moves them
// into place one by one, so that a server that runs meanwhile always finds the files its pages name.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [stage, site, profile] = process.argv.slice(2);
const quality = profile === "wasm" ? 11 : 4;
const text = /\.(css|html|ico|js|json|mjs|svg|txt|wasm|webmanifest|xml)$/;

function* files(folder, below = "") {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(below, entry.name);
    if (entry.isDirectory()) yield* files(join(folder, entry.name), path);
    else yield path;
  }
}

// What was there before stays for one round: a page that is just loading may still ask for it.
const kept = new Set(["hash.txt"]);
const before = join(site, "hash.txt");
for (const line of existsSync(before) ? readFileSync(before, "utf8").trim().split("\n") : []) {
  const [kind, hash] = line.split(": ");
  for (const suffix of ["", ".br", ".gz"]) kept.add(join("pkg", `tenantry.${hash}.${kind}${suffix}`));
}
const made = {};
function place(path, content) {
  const forms = [[path, content]];
  if (text.test(path)) {
    forms.push([`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } })]);
    forms.push([`${path}.gz`, gzipSync(content, { level: 9 })]);
  }
  // The compressed ones first: who finds the file finds them too.
  for (const [name, bytes] of forms.reverse()) {
    const target = join(site, name);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(`${target}.new`, bytes);
    renameSync(`${target}.new`, target);
    kept.add(name);
  }
}

const first = ["tokens.css", "base.css", "layout.css", "components.css"];
const sheets = [...files("style")].filter((name) => name.endsWith(".css"));
const ordered = [...first.filter((name) => sheets.includes(name)), ...sheets.filter((name) => !first.includes(name))];
const css = ordered.map((name) => readFileSync(join("style", name), "utf8")).join("\n").replace(/\/\*[^]*?\*\//g, "").replace(/\n\s+/g, "\n");

const parts = {
  js: readFileSync(join(stage, "tenantry.js")),
  wasm: readFileSync(join(stage, "tenantry_bg.wasm")),
  css: Buffer.from(css),
};
const hashes = [];
for (const [kind, content] of Object.entries(parts)) {
  const hash = createHash("sha256").update(content).digest("base64url").replace(/[-_]/g, "").slice(0, 20);
  made[kind] = join("pkg", `tenantry.${hash}.${kind}`);
  place(made[kind], content);
  hashes.push(`${kind}: ${hash}\n`);
}
for (const name of files(join(stage, "snippets"))) place(join("pkg", "snippets", name), readFileSync(join(stage, "snippets", name)));
for (const name of files("public")) place(name, readFileSync(join("public", name)));

writeFileSync(join(site, "hash.new"), hashes.join(""));
renameSync(join(site, "hash.new"), join(site, "hash.txt"));
for (const name of files(site)) if (!kept.has(name)) rmSync(join(site, name));

for (const name of Object.values(made)) {
  const size = (suffix) => (statSync(join(site, name + suffix)).size / 1024).toFixed(1);
  console.log(`${name}: ${size("")} KiB, ${size(".br")} in brotli`);
}
