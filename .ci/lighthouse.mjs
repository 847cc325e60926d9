// `lighthouse.mjs [RUNS]`: scores of a fresh server with demo data, the median of RUNS (3) each. Ends with 1 when one is too low.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const load = (path) => import(pathToFileURL(join(process.env.LIGHTHOUSE, path)));
const { default: lighthouse, desktopConfig } = await load("lighthouse/core/index.js");
const { launch } = await load("chrome-launcher/dist/index.js");

const PAGES = [["sign-in", "/login"], ["dashboard", "/t/acme", true], ["plan", "/t/acme/plan", true], ["team", "/t/acme/team", true]];
const LEAST = { performance: 95, accessibility: 100, "best-practices": 95 };
const RUNS = Number(process.argv[2] ?? 3);
const PASSWORD = "quiet harbour lantern 41";

const free = createServer().listen(0, "127.0.0.1");
await once(free, "listening");
const { port } = free.address();
free.close();
const base = `http://localhost:${port}`;
const folder = mkdtempSync(join(tmpdir(), "tenantry-lighthouse-"));
// PostgreSQL does not run as root: its own user has to get through to its folder.
chmodSync(folder, 0o711);
const settings = {
  TENANTRY_DATA_DIR: join(folder, "data"), TENANTRY_BASE_URL: base, LEPTOS_SITE_ADDR: `127.0.0.1:${port}`, TENANTRY_DEMO_PASSWORD: PASSWORD,
  TENANTRY_LOG: "warn",
};
const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TENANTRY_(?!BIN)|.*DATABASE_URL)/.test(name)));
const server = spawn(process.env.TENANTRY_BIN, ["serve", "--demo"], { env: { ...clean, ...settings }, stdio: ["ignore", "pipe", "inherit"] });
const ended = once(server, "exit");
let chrome;
let low = 0;
try {
  let said = "";
  for await (const text of server.stdout) {
    said += text;
    if (said.includes("Stop with Ctrl-C.")) break;
  }
  const reply = await fetch(`${base}/fn/auth/sign-in`, {
    method: "POST",
    redirect: "manual",
    headers: { origin: base, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ email: "owner@acme.example", password: PASSWORD }),
  });
  const [session] = reply.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
  if (!session) throw new Error(`nobody is signed in: ${reply.status}`);
  const flags = ["--headless=new", "--disable-gpu", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])];
  chrome = await launch({ chromePath: process.env.CHROME_PATH, chromeFlags: flags, logLevel: "error" });

  console.log(`${"".padEnd(22)}${Object.keys(LEAST).map((name) => name.padStart(16)).join("")}`);
  for (const [name, path, signedIn] of PAGES) {
    for (const [place, config] of [["desktop", desktopConfig], ["mobile", undefined]]) {
      const results = [];
      for (let run = 0; run < RUNS; run += 1) {
        const options = { port: chrome.port, logLevel: "error", onlyCategories: Object.keys(LEAST), extraHeaders: signedIn ? { Cookie: session } : {} };
        const { lhr } = await lighthouse(base + path, options, config);
        if (lhr.runtimeError) throw new Error(`${name}: ${lhr.runtimeError.message}`);
        if (lhr.finalDisplayedUrl !== base + path) throw new Error(`${name} led to ${lhr.finalDisplayedUrl}`);
        results.push(lhr);
      }
      const cells = Object.entries(LEAST).map(([category, least]) => {
        const scores = results.map((lhr) => Math.round((lhr.categories[category].score ?? 0) * 100)).sort((a, b) => a - b);
        const score = scores[Math.floor(scores.length / 2)];
        if (score >= least) return String(score);
        low += 1;
        for (const { id } of results[0].categories[category].auditRefs) {
          const audit = results[0].audits[id];
          if (audit.score !== null && audit.score < 0.9) console.error(`${name}, ${place}, ${category}: ${audit.title} ${audit.displayValue ?? ""}`);
        }
        return `${score} < ${least}`;
      });
      console.log(`${`${name}, ${place}`.padEnd(22)}${cells.map((cell) => cell.padStart(16)).join("")}`);
    }
  }
} finally {
  chrome?.kill();
  server.kill("SIGTERM");
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
console.log(low === 0 ? "\nEvery score is high enough." : `\n${low} scores are too low.`);
process.exit(low === 0 ? 0 : 1);
