// What holds for every page, see support/places.ts. With SHOTS=folder each is also pictured there, to be looked at.
import { AxeBuilder } from '@axe-core/playwright';
import { PLACES, type Place, type World } from './support/places';
import { type Page, acceptInvite, awake, cli, expect, makeTenant, submitSignIn, test as base } from './support/test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SCHEMES = ['light', 'dark'] as const;
const WIDTHS = [1280, 390];
const NARROWEST = 320;
const MOST_SCRIPT = 150_000;

const test = base.extend<{}, { world: World }>({
  world: [
    async ({ browser }, use) => {
      const [open, used, suspended] = [await makeTenant(), await makeTenant(), await makeTenant()];
      for (const tenant of [used, suspended]) {
        const page = await browser.newPage();
        await acceptInvite(page, tenant);
        await page.close();
      }
      await cli('tenant', 'suspend', suspended.slug, '--reason', 'Two invoices are unpaid after three reminders');
      await use({ open, used, suspended });
    },
    { scope: 'worker' },
  ],
});

async function visit(page: Page, place: Place, world: World) {
  const answer = await page.goto(place.path(world));
  expect(answer?.status()).toBe(place.status ?? 200);
  if (place.submit) {
    for (const [label, text] of Object.entries(place.submit.fill)) await page.getByLabel(label, { exact: true }).fill(text);
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
  return page;
}

for (const place of PLACES) {
  test(`${place.name}: readable by all, wide and narrow, light and dark @scripts`, async ({ browserOf, world }) => {
    const page = await lookAs(browserOf, place, world);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: WIDTHS[0], height: 900 });
      await visit(page, place, world);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: width > 500 ? 900 : 844 });
        const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
        const found = violations.flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.target.join(' ')} ${node.failureSummary}`));
        expect(found, `${colorScheme}, ${width} px`).toEqual([]);
        if (process.env.SHOTS) {
          const name = place.name.replace(/\W+/g, '-');
          await page.screenshot({ path: `${process.env.SHOTS}/${name}-${width}-${colorScheme}.png`, fullPage: true });
        }
      }
    }
    for (const width of [...WIDTHS, NARROWEST]) {
      await page.setViewportSize({ width, height: 844 });
      const needed = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(needed, `${width} px wide`).toBeLessThanOrEqual(width);
    }
  });

  test(`${place.name}: one heading, a title, labels that are seen`, async ({ browserOf, world }) => {
    const page = await lookAs(browserOf, place, world);
    await visit(page, place, world);
    await expect(page.locator('h1')).toHaveCount(1);
    await expect(page.locator('h1')).not.toBeEmpty();
    await expect(page).toHaveTitle(/^.{3,} · Tenantry$/);
    for (const table of await page.getByRole('table').all()) await expect(table.locator('caption')).not.toBeEmpty();
    const unlabelled = await page.locator('input:not([type=hidden]), select, textarea').evaluateAll((controls) =>
      controls
        .filter((control) => {
          const labels = [...((control as HTMLInputElement).labels ?? [])];
          return !labels.some((label) => label.textContent?.trim() && !label.closest('.visually-hidden'));
        })
        .map((control) => control.outerHTML),
    );
    expect(unlabelled).toEqual([]);
  });

  test(`${place.name}: no more script than its islands need @scripts`, async ({ browserOf, world }) => {
    const page = await lookAs(browserOf, place, world);
    const requests: { path: string; type: string; size: number; cached: string; encoding: string }[] = [];
    const pending: Promise<void>[] = [];
    page.on('requestfinished', (request) => {
      pending.push(
        (async () => {
          const [response, sizes] = await Promise.all([request.response(), request.sizes()]);
          const headers = (await response?.allHeaders()) ?? {};
          const path = new URL(request.url()).pathname;
          const [cached, encoding] = [headers['cache-control'] ?? '', headers['content-encoding'] ?? ''];
          requests.push({ path, type: request.resourceType(), size: sizes.responseBodySize, cached, encoding });
        })(),
      );
    });
    await page.goto(place.path(world));
    const islands = await page.locator('leptos-island').count();
    if (islands > 0) await awake(page);
    await page.waitForLoadState('networkidle');
    await Promise.all(pending);

    const others = requests.filter(({ type, path }) => type !== 'document' && type !== 'stylesheet' && path !== '/favicon.svg');
    if (islands === 0) {
      expect(others).toEqual([]);
      await expect(page.locator('script, link[rel=modulepreload], link[rel=preload]')).toHaveCount(0);
      return;
    }
    expect(others.length).toBeGreaterThan(0);
    for (const request of others) {
      expect(request.cached, request.path).toContain('immutable');
      expect(request.encoding, request.path).toBe('br');
    }
    expect(others.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(MOST_SCRIPT);
  });
}
