// What every test starts from: people with browsers of their own, tenants of their own, and an eye on the console.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { type BrowserContext, type Page, type Request, expect, test as base } from '@playwright/test';

export { expect };
export type { Page, Request };

export const ADMIN = 'admin@tenantry.example';
export const OWNER = 'owner@acme.example';
export const TWO_TENANTS = 'admin@acme.example';
export const MEMBER = 'member@acme.example';
export const demoPassword = () => process.env.TENANTRY_DEMO_PASSWORD ?? '';

/** A password that the product takes for people of the tests' own. */
export const PASSWORD = 'velvet orchard ninety kites';

export interface Tenant {
  slug: string;
  name: string;
  owner: string;
  setupUrl: string;
}

/** Part of a name that no other test has. */
export const unique = () => randomBytes(4).toString('hex');

/** Runs the command line beside the server, on the same data; gives its JSON document. */
export async function cli(...words: string[]): Promise<any> {
  const { stdout } = await promisify(execFile)(process.env.TENANTRY_BIN ?? '', [...words, '--json'], { cwd: process.env.E2E_ROOT });
  return JSON.parse(stdout);
}

/** A tenant that belongs to the calling test alone; without an e-mail its owner is somebody new. */
export async function makeTenant(email?: string): Promise<Tenant> {
  const mark = unique();
  const [slug, name, owner] = [`e2e-${mark}`, `Willow ${mark}`, email ?? `owner@${mark}.example`];
  const made = await cli('tenant', 'create', '--name', name, '--slug', slug, '--plan', 'pro', '--owner-email', owner, '--monthly-budget', '500');
  return { slug, name, owner, setupUrl: made.setup_url };
}

/** Fills and sends the sign-in form of the page that is open. */
export async function submitSignIn(page: Page, email: string, password: string) {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Accepts the owner's invite in this browser; ends on the new tenant's dashboard. */
export async function acceptInvite(page: Page, tenant: Tenant, name = 'Otto Owner') {
  await page.goto(tenant.setupUrl);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: `Join ${tenant.name}` }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
}

/** Waits until the page's islands listen: their wasm runs as soon as it is compiled. */
export async function awake(page: Page) {
  await expect.poll(() => page.evaluate(() => (window as any).islandsAwake === true)).toBe(true);
}

function noteWhenAwake() {
  const compile = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...given) => {
    const made = await compile.apply(WebAssembly, given);
    // Islands are woken by what waits for this promise; a timer comes after all of that.
    setTimeout(() => {
      (window as any).islandsAwake = true;
    });
    return made;
  };
}

type State = Awaited<ReturnType<BrowserContext['storageState']>>;

interface PerTest {
  /** What browsers complained about; a test fails with it. */
  complaints: string[];
  /** A browser of its own, of a demo account that is signed in already, or of nobody. */
  browserOf: (email?: string) => Promise<Page>;
  /** Whether this run has scripts. */
  scripts: boolean;
}

interface PerWorker {
  sessions: Map<string, State>;
}

export const test = base.extend<PerTest, PerWorker>({
  baseURL: async ({}, use) => use(process.env.TENANTRY_BASE_URL),
  scripts: async ({ javaScriptEnabled }, use) => use(javaScriptEnabled !== false),
  sessions: [async ({}, use) => use(new Map()), { scope: 'worker' }],

  complaints: async ({}, use) => {
    const complaints: string[] = [];
    await use(complaints);
    expect(complaints, 'the console stays empty').toEqual([]);
  },

  context: async ({ context, complaints }, use) => {
    await watch(context, complaints);
    await use(context);
  },

  browserOf: async ({ browser, complaints, sessions }, use) => {
    const open: BrowserContext[] = [];
    await use(async (email) => {
      let state = email ? sessions.get(email) : undefined;
      if (email && !state) {
        const context = await browser.newContext();
        const page = await context.newPage();
        await page.goto('/login?next=/account');
        await submitSignIn(page, email, demoPassword());
        await expect(page.getByRole('heading', { level: 1 })).toHaveText('Account');
        state = await context.storageState();
        sessions.set(email, state);
        await context.close();
      }
      const context = await browser.newContext(state ? { storageState: state } : {});
      open.push(context);
      await watch(context, complaints);
      return context.newPage();
    });
    for (const context of open) await context.close();
  },
});

async function watch(context: BrowserContext, complaints: string[]) {
  await context.addInitScript(noteWhenAwake);
  context.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    // The browser reports a document's 403, 404, 422 and the like there; tests look at the status themselves.
    const document = message.page()?.url().split('#')[0];
    if (/^Failed to load resource: .* status of 4(03|04|09|10|13|15|22)/.test(message.text()) && message.location().url === document) return;
    // Without scripts nothing uses what was loaded ahead for them; on a busy machine it is used late.
    if (message.text().includes('was preloaded using link preload but not used')) return;
    // Names of tenants' own are plain http here, where browsers take no such header.
    if (/^The Cross-Origin-Opener-Policy header has been ignored/.test(message.text()) && document?.includes('.domains.example:')) return;
    // A mail or a preview is shown in a frame that runs nothing, not even what these tests put into every page.
    if (/^Blocked script execution in '.*\/(admin\/mail|branding)\/.*' because the document's frame is sandboxed/.test(message.text())) return;
    complaints.push(`${document}: ${message.text()}`);
  });
  context.on('weberror', (error) => complaints.push(`${error.page()?.url()}: ${error.error()}`));
}
