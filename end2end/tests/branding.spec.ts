// From a draft to a published look and back, with what must not get in.
import { type Page, PASSWORD, type Tenant, acceptInvite, awake, expect, makeTenant, submitSignIn, test } from './support/test';

/** A red PNG of 2 × 1 pixels. */
const LOGO = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGP4z8AARAAI/gH/xp559wAAAABJRU5ErkJggg==', 'base64');

async function brandingOf(page: Page): Promise<Tenant> {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  await page.getByRole('navigation').getByRole('link', { name: 'Branding' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Branding');
  return tenant;
}

const save = (page: Page) => page.getByRole('button', { name: 'Save draft' }).click();

test('a look is drafted, looked at, published and taken back', async ({ browserOf, page, scripts }) => {
  const tenant = await brandingOf(page);
  const frame = page.frameLocator('iframe[name=preview]');
  await expect(frame.locator('.side .brand')).toContainText(tenant.name);

  if (scripts) await awake(page);
  await page.getByLabel('Display name').fill('Willow Works');
  await page.getByLabel('Accent colour').fill('#ffd43b');
  if (!scripts) await page.getByRole('button', { name: 'Portal', exact: true }).click();
  await expect(frame.locator('.side .brand')).toContainText('Willow Works');
  await expect(frame.getByText('1 of the fields are not right yet')).toBeVisible();
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await expect(frame.getByRole('heading', { level: 1 })).toHaveText(`Join ${tenant.name}`);

  await page.getByLabel('Sign-in text').fill('Call 4711 for help.');
  await save(page);
  await expect(page.getByText('Not enough contrast')).toBeVisible();
  await expect(page.getByLabel('Display name')).toHaveValue('Willow Works');
  await page.getByRole('button', { name: /^Use #/ }).click();
  await expect(page.getByText('Nobody else sees it until you publish it.')).toBeVisible();
  await expect(page.getByLabel('Sign-in text')).toHaveValue('Call 4711 for help.');
  await page.goto(`/t/${tenant.slug}`);
  await expect(page.getByText('Willow Works')).toHaveCount(0);

  await page.goto(`/t/${tenant.slug}/branding`);
  await page.getByLabel('Logo on light pages').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: LOGO });
  await save(page);
  await page.getByRole('button', { name: 'Publish the saved draft' }).click();
  await expect(page.getByText('It is published')).toBeVisible();
  await page.goto(`/t/${tenant.slug}`);
  await expect(page.locator('.side .brand')).toContainText('Willow Works');
  await expect(page.locator('.side .brand img').first()).toHaveJSProperty('naturalWidth', 2);

  const anybody = await browserOf();
  const base = new URL(page.url());
  await anybody.goto(`${base.protocol}//${tenant.slug}.${base.host}/login`);
  await expect(anybody.getByText('Call 4711 for help.')).toBeVisible();
  await expect(anybody.locator('.brand img').first()).toHaveJSProperty('naturalWidth', 2);
  await submitSignIn(anybody, tenant.owner, PASSWORD);
  await expect(anybody.locator('.side .brand')).toContainText('Willow Works');

  await page.goto(`/t/${tenant.slug}/branding`);
  await page.getByLabel('Display name').fill('');
  await save(page);
  await page.getByRole('button', { name: 'Publish the saved draft' }).click();
  await expect(page.locator('.side .brand')).toContainText(tenant.name);
  await page.getByRole('button', { name: 'Go back to version 1' }).click();
  await expect(page.getByText('The earlier version is the published one again.')).toBeVisible();
  await expect(page.locator('.side .brand')).toContainText('Willow Works');
});

test('own CSS dresses the content, loads nothing from elsewhere, and hostile CSS is refused by its line', async ({ page }) => {
  const tenant = await brandingOf(page);
  const own = new URL(page.url()).host;
  const away: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).host !== own) away.push(request.url());
  });
  const css = page.getByLabel('CSS', { exact: true });
  await page.getByText('Custom CSS', { exact: true }).click();
  await css.fill('h1 { color: red }\n\nh1 { background-image: url(https://evil.example/x.png) }\n@import "https://evil.example/y.css";');
  await save(page);
  await expect(page.getByText(/^Line 3: The property/)).toBeVisible();
  await expect(page.getByText('Line 4: @import is not taken')).toBeVisible();
  await expect(css).toHaveValue(/evil\.example/);
  await css.fill('h1 { color: rgb(194 37 92); font-family: "Fira Sans" }\n.side { background-color: #000 }');
  await save(page);
  await page.getByRole('button', { name: 'Publish the saved draft' }).click();
  await expect(page.getByText('It is published')).toBeVisible();
  const colour = () => page.locator('h1').evaluate((h1) => getComputedStyle(h1).color);
  expect(await colour(), 'not on the page where it is mended').not.toBe('rgb(194, 37, 92)');
  await page.goto(`/t/${tenant.slug}`);
  expect(await colour()).toBe('rgb(194, 37, 92)');
  expect(await page.locator('.side').evaluate((side) => getComputedStyle(side).backgroundColor)).not.toBe('rgb(0, 0, 0)');
  await page.goto(`/t/${tenant.slug}/keys`);
  expect(await colour(), 'not where secrets are shown').not.toBe('rgb(194, 37, 92)');
  expect(away).toEqual([]);
});

test('a file that is no image of ours is refused beside its field, and what was typed stays', async ({ page }) => {
  await brandingOf(page);
  await page.getByLabel('Display name').fill('Typed before');
  await page.getByLabel('Favicon').setInputFiles({ name: 'icon.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg onload="alert(1)"/>') });
  await save(page);
  await expect(page.getByText('SVG is not taken: it can hold scripts. Save the image as PNG.')).toBeVisible();
  await expect(page.getByLabel('Display name')).toHaveValue('Typed before');
  await page.getByText('Invite', { exact: true }).first().click();
  await page.getByLabel('Text of “Invite”').fill('Hello {{who}}');
  await save(page);
  await expect(page.getByText('there is no variable {{who}} here')).toBeVisible();
  await page.getByLabel('Text of “Invite”').fill('Hello from {{tenant}}');
  await save(page);
  await expect(page.getByText('Nobody else sees it until you publish it.')).toBeVisible();
});
