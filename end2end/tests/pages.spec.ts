// What holds for every page, see support/places.ts. With SHOTS=folder each is also pictured there, to be looked at.
import { faults } from './support/axe';
import { fillAll, mailedLink, newEntry, setUp } from './support/signup';
import { setRecords } from './support/knot';
import { PLACES, type Place, type World } from './support/places';
import {
  ADMIN, OWNER, PASSWORD, type Page, type Request, type Tenant, acceptInvite, awake, cli, demoPassword, expect, makeTenant, submitSignIn, test as base,
} from './support/test';

/** Colours and widths do not depend on each other: axe looks at each once. */
const LOOKS = [
  { width: 1280, axe: 'light' },
  { width: 390, axe: 'dark' },
  { width: 320, axe: undefined },
] as const;
/** Of js and wasm together, in bytes as transferred. */
const MOST_SCRIPT = 150_000;

const test = base.extend<{}, { world: World }>({
  world: [
    async ({ browser }, use) => {
      const [open, used, suspended, named] = [await makeTenant(), await makeTenant(), await makeTenant(), await makeTenant()];
      const deleted = await makeTenant();
      await cli('tenant', 'delete', deleted.slug);
      for (const tenant of [used, suspended, named]) {
        const page = await browser.newPage();
        await acceptInvite(page, tenant);
        await page.close();
      }
      const agent = await furnish(await browser.newPage(), used);
      await brand(await browser.newPage(), used);
      const team = await people(await browser.newPage(), used);
      await cli('tenant', 'suspend', suspended.slug, '--reason', 'Two invoices are unpaid after three reminders');
      await domains(await browser.newPage(), named);
      const signUps = await signedUp(await browser.newPage(), await browser.newPage());
      await use({ open, used, suspended, deleted, named, agent, ...team, ...signUps, bulk: await letter(await browser.newPage(), named), mail: await keptMail(await browser.newPage(), open) });
    },
    { scope: 'worker' },
  ],
});

/** The page of a letter to a tenant's owners that is not sent yet. */
async function letter(admin: Page, tenant: Tenant): Promise<string> {
  await admin.goto('/login');
  await submitSignIn(admin, ADMIN, demoPassword());
  await admin.goto(`/admin/tenants?q=slug:${tenant.slug}&panel=select`);
  await admin.getByRole('checkbox', { name: `Select ${tenant.name}` }).check();
  await admin.getByRole('button', { name: 'Message owners' }).click();
  await admin.getByLabel('Subject').fill('Maintenance on Sunday');
  await admin.getByLabel('Message').fill('The platform is away for an hour.\n\nNothing is lost.');
  await admin.getByRole('button', { name: 'Show what would happen' }).click();
  await admin.getByText('Nothing has happened yet.').waitFor();
  const path = new URL(admin.url()).pathname;
  await admin.close();
  return path;
}

/** A tenant that was signed up, and a link that waits. */
async function signedUp(page: Page, admin: Page): Promise<Pick<World, 'signedUp' | 'openLink'>> {
  const [done, waits] = [newEntry(), newEntry()];
  await admin.goto('/login?next=/account');
  await submitSignIn(admin, ADMIN, demoPassword());
  await expect(admin).toHaveURL('/account');
  await fillAll(page, done);
  const setupUrl = await mailedLink(admin, done);
  await setUp(page, setupUrl, done);
  await page.context().clearCookies();
  await fillAll(page, waits);
  const openLink = new URL(await mailedLink(admin, waits)).pathname;
  await page.close();
  await admin.close();
  return { signedUp: { slug: done.slug, name: done.company, owner: done.email, setupUrl }, openLink };
}

/** An agent, the only one that there may be, and a document; gives the agent's page. */
async function furnish(page: Page, tenant: Tenant): Promise<string> {
  await page.goto('/login?next=/account');
  await submitSignIn(page, tenant.owner, PASSWORD);
  await expect(page).toHaveURL('/account');
  await page.goto(`/t/${tenant.slug}/agents/new`);
  await page.getByLabel('Name').fill('Research and reporting for the whole company, day and night');
  await page.getByLabel('Model').fill('large-2026');
  await page.getByRole('button', { name: 'Create agent' }).click();
  const agent = await page.getByRole('link', { name: 'Research' }).getAttribute('href');
  await page.goto(`/t/${tenant.slug}/knowledge`);
  const name = 'A_long_name_of_a_handbook_without_a_single_space_in_it_2026_final_version.pdf';
  await page.getByLabel('Document').setInputFiles({ name, mimeType: 'application/pdf', buffer: Buffer.from('%PDF') });
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(page.getByText('The document is uploaded.')).toBeVisible();
  await page.close();
  await cli('tenant', 'update', tenant.slug, '--max-agents', '1');
  return agent ?? '';
}

/** One that is verified, one that waits and is all wrong, one that nobody has looked for. */
async function domains(page: Page, tenant: Tenant) {
  await page.goto(`/login?next=/t/${tenant.slug}/domains`);
  await submitSignIn(page, tenant.owner, PASSWORD);
  const names = ['right', 'waits', 'büro'].map((word) => `${word}-${tenant.slug}.domains.example`);
  for (const name of names) {
    await page.getByLabel('Domain', { exact: true }).fill(name);
    await page.getByRole('button', { name: 'Add domain' }).click();
    await expect(page.getByText('Added.')).toBeVisible();
  }
  const token = await page.getByRole('region', { name: names[0] }).getByLabel('Value of the TXT record').inputValue();
  setRecords(
    `add _tenantry-challenge.${names[0]} 60 TXT "${token}"`, `add ${names[0]} 60 CNAME ${tenant.slug}.localhost.`,
    `add _tenantry-challenge.${names[1]} 300 TXT "something else that somebody has put there"`, `add ${names[1]} 300 A 104.21.3.4`,
    `add ${names[1]} 300 CAA 0 issue "other.example"`,
  );
  for (const name of names.slice(0, 2)) {
    await page.getByRole('region', { name }).getByRole('button', { name: 'Check now' }).click();
    await expect(page.getByText(/^(Verified|Checked)\./)).toBeVisible();
  }
  await page.close();
}

/** A version of a look, and a draft beyond it. */
async function brand(page: Page, tenant: Tenant) {
  await page.goto('/login?next=/account');
  await submitSignIn(page, tenant.owner, PASSWORD);
  await expect(page).toHaveURL('/account');
  for (const name of ['Willow and Sons, makers of fine furniture', 'Willow again']) {
    await page.goto(`/t/${tenant.slug}/branding`);
    await page.getByLabel('Display name').fill(name);
    await page.getByLabel('Accent colour').fill('#0b7285');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await expect(page.getByText('Nobody else sees it until you publish it.')).toBeVisible();
    if (name.includes('again')) break;
    await page.getByRole('button', { name: 'Publish the saved draft' }).click();
    await expect(page.getByText('It is published')).toBeVisible();
  }
  await page.close();
}

/** The page of the tenant's first mail. */
async function keptMail(page: Page, tenant: Tenant): Promise<string> {
  await page.goto('/login?next=/admin/mail');
  await submitSignIn(page, ADMIN, demoPassword());
  const row = page.getByRole('row').filter({ hasText: tenant.owner }).filter({ hasText: 'Kept' });
  await expect(async () => {
    await page.goto('/admin/mail');
    await expect(row).toHaveCount(1, { timeout: 500 });
  }).toPass({ timeout: 30_000 });
  const mail = await row.getByRole('link').getAttribute('href');
  await page.close();
  return mail ?? '';
}

/** An invite, a file with bad lines, and a member of Acme. */
async function people(page: Page, tenant: Tenant): Promise<Pick<World, 'invite' | 'people' | 'member'>> {
  await page.goto('/login?next=/account');
  await submitSignIn(page, tenant.owner, PASSWORD);
  await expect(page).toHaveURL('/account');
  await page.goto(`/t/${tenant.slug}/team`);
  await page.getByLabel('Email').fill('a.rather.long.address.of.somebody.new@a-rather-long-domain.example');
  await page.getByRole('button', { name: 'Invite' }).click();
  await expect(page.getByText('is invited. Hand over the link below.')).toBeVisible();
  const invite = new URL(page.url()).pathname;
  await page.goto(`/t/${tenant.slug}/team/import`);
  const lines = Array.from({ length: 24 }, (_, n) => (n % 3 ? `Person ${n},nobody-${n},a-role-that-there-is-not` : `Person ${n},p${n}@new.example,member`));
  const buffer = Buffer.from(['name,email,role', ...lines].join('\n'));
  await page.getByLabel('CSV file').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer });
  await page.getByRole('button', { name: 'Show what is in it' }).click();
  await expect(page.getByRole('heading', { name: 'Bad lines' })).toBeVisible();
  const file = new URL(page.url()).pathname;
  await page.context().clearCookies();
  await page.goto('/login?next=/t/acme/team');
  await submitSignIn(page, OWNER, demoPassword());
  const member = await page.getByRole('link', { name: 'Vi Viewer' }).getAttribute('href');
  await page.close();
  return { invite, people: file, member: member ?? '' };
}

async function visit(page: Page, place: Place, world: World) {
  const answer = await page.goto(place.path(world));
  expect(answer?.status()).toBe(place.status ?? 200);
  if (place.submit) {
    for (const [label, text] of Object.entries(place.submit.fill)) await page.getByLabel(label, { exact: true }).fill(text);
    const words = { name: 'words.txt', mimeType: 'text/plain', buffer: Buffer.from('some words') };
    if (place.submit.file) await page.getByLabel(place.submit.file, { exact: true }).setInputFiles(words);
    await page.getByRole('button', { name: place.submit.button }).click();
    await expect(page.locator('[aria-invalid]').first()).toBeVisible();
  }
}

async function lookAs(browserOf: (email?: string) => Promise<Page>, place: Place, world: World): Promise<Page> {
  if (typeof place.as !== 'function') return browserOf(place.as);
  const page = await browserOf();
  const { email, password } = place.as(world);
  await page.goto('/login?next=/account');
  await submitSignIn(page, email, password);
  await expect(page).toHaveURL('/account');
  await awake(page);
  return page;
}

/** Controls without a label that is seen. */
function unlabelled(page: Page): Promise<string[]> {
  return page.locator('input:not([type=hidden], [hidden]), select, textarea').evaluateAll((controls) =>
    controls
      .filter((control) => {
        const labels = [...((control as HTMLInputElement).labels ?? [])];
        return !labels.some((label) => label.textContent?.trim() && !label.closest('.visually-hidden'));
      })
      .map((control) => control.outerHTML),
  );
}

interface Load {
  path: string;
  type: string;
  bytes: number;
  cached: string;
  encoding: string;
}

/** Everything that the page asks the server for while `work` goes on. */
async function loads(page: Page, work: () => Promise<void>): Promise<Load[]> {
  const pending: Promise<Load>[] = [];
  const note = async (request: Request): Promise<Load> => {
    const [response, sizes] = await Promise.all([request.response(), request.sizes()]);
    const headers = (await response?.allHeaders()) ?? {};
    const [cached, encoding] = [headers['cache-control'] ?? '', headers['content-encoding'] ?? ''];
    return { path: new URL(request.url()).pathname, type: request.resourceType(), bytes: sizes.responseBodySize, cached, encoding };
  };
  const hear = (request: Request) => void pending.push(note(request));
  page.on('requestfinished', hear);
  await work();
  page.off('requestfinished', hear);
  return Promise.all(pending);
}

for (const place of PLACES) {
  test(`${place.name}: light, fit and readable @scripts`, async ({ browserOf, world }) => {
    const page = await lookAs(browserOf, place, world);
    await place.begin?.(page);

    await test.step('it loads no more than its islands need', async () => {
      const requests = await loads(page, async () => {
        await page.goto(place.path(world));
        if ((await page.locator('leptos-island').count()) > 0) await awake(page);
      });
      const scripts = requests.filter(({ type, path }) => type !== 'document' && type !== 'stylesheet' && path !== '/favicon.svg');
      if ((await page.locator('leptos-island').count()) === 0) {
        expect(scripts).toEqual([]);
        await expect(page.locator('script, link[rel=modulepreload], link[rel=preload]')).toHaveCount(0);
      } else {
        expect(scripts.map(({ path }) => path.replace(/^.*\./, '')).sort()).toEqual(['js', 'wasm']);
        for (const script of scripts) expect(script).toMatchObject({ cached: expect.stringContaining('immutable'), encoding: 'br' });
        expect(scripts.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(MOST_SCRIPT);
      }
    });

    await visit(page, place, world);
    await test.step('it has one heading, a title, captions, and labels that are seen', async () => {
      await expect(page.locator('h1')).toHaveCount(1);
      await expect(page.locator('h1')).not.toBeEmpty();
      await expect(page).toHaveTitle(/^.{3,} · Tenantry$/);
      for (const table of await page.locator('table').all()) await expect(table.locator('caption')).not.toBeEmpty();
      expect(await unlabelled(page)).toEqual([]);
    });

    for (const { width, axe } of LOOKS) {
      await page.setViewportSize({ width, height: 844 });
      const needed = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(needed, `${width} px are enough`).toBeLessThanOrEqual(width);
      if (axe) {
        await page.emulateMedia({ colorScheme: axe });
        expect(await faults(page), `${axe}, ${width} px`).toEqual([]);
      }
      if (!process.env.SHOTS) continue;
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const name = place.name.replace(/\W+/g, '-');
        await page.screenshot({ path: `${process.env.SHOTS}/${name}-${width}-${colorScheme}.png`, fullPage: true });
      }
    }
  });
}
