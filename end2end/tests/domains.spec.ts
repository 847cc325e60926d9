import { OURS, setRecords } from './support/knot';
import { PASSWORD, type Page, acceptInvite, awake, expect, makeTenant, submitSignIn, test, unique } from './support/test';

const part = (page: Page, name: string) => page.getByRole('region', { name });

async function addDomain(page: Page, name: string) {
  await page.getByLabel('Domain', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Add domain' }).click();
}

/** The name of the same server, with its port. */
function at(name: string, path = '/'): string {
  const base = new URL(process.env.TENANTRY_BASE_URL ?? '');
  return `${base.protocol}//${name}:${base.port}${path}`;
}

test('a domain is added, proved, opened, made the primary address and removed', async ({ page, scripts }) => {
  const tenant = await makeTenant();
  const name = `portal-${unique()}.${OURS}`;
  await acceptInvite(page, tenant);
  await page.getByRole('navigation').getByRole('link', { name: 'Domains' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Domains');
  await expect(page.getByText('No domains yet')).toBeVisible();

  await addDomain(page, 'co.uk');
  await expect(page.getByLabel('Domain', { exact: true })).toHaveAccessibleDescription(/a public suffix/);
  await expect(page.getByLabel('Domain', { exact: true })).toHaveValue('co.uk');
  await addDomain(page, name);
  await expect(page.getByText('Set the records below')).toBeVisible();
  const own = part(page, name);
  await expect(own).toContainText('Waits for its record');
  await expect(own.getByLabel('Name of the TXT record')).toHaveValue(`_tenantry-challenge.${name}`);
  await expect(own.getByLabel('Value of the CNAME record')).toHaveValue(`${tenant.slug}.localhost`);
  const token = await own.getByLabel('Value of the TXT record').inputValue();
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  if (!scripts) await expect(own.getByRole('button', { name: 'Copy' })).toHaveCount(0);

  await own.getByRole('button', { name: 'Check now' }).click();
  await expect(page.getByText('What is still to be done stands beside each record.')).toBeVisible();
  await expect(own).toContainText('There is no such name (NXDOMAIN)');
  setRecords(`add _tenantry-challenge.${name} 60 TXT "wrong"`);
  await own.getByRole('button', { name: 'Check now' }).click();
  await expect(own).toContainText('Another value: “wrong”');
  // Not yet.
  const early = await page.request.get('/login', { headers: { Host: new URL(at(name)).host }, maxRedirects: 0 });
  expect(early.status()).toBe(421);

  setRecords(`delete _tenantry-challenge.${name} TXT`, `add _tenantry-challenge.${name} 60 TXT "${token}"`, `add ${name} 60 CNAME ${tenant.slug}.localhost.`);
  await own.getByRole('button', { name: 'Check now' }).click();
  await expect(page.getByText('Your portal answers at')).toBeVisible();
  await expect(own).toContainText('A CNAME to here');

  // At the new address: the tenant's own sign-in page, and a session of its own.
  await page.getByRole('status').getByRole('link', { name }).click();
  await expect(page).toHaveURL(at(name, '/login?next=%2F'));
  await expect(page.getByRole('main')).toContainText(tenant.name);
  await submitSignIn(page, tenant.owner, PASSWORD);
  await expect(page).toHaveURL(at(name));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  await page.getByRole('navigation').getByRole('link', { name: 'Domains' }).click();
  await expect(page).toHaveURL(at(name, '/domains'));
  await own.getByRole('button', { name: 'Make primary' }).click();
  await expect(page.getByText('This is your primary address now.')).toBeVisible();
  await page.goto(`${at(`${tenant.slug}.localhost`)}team`);
  await expect(page).toHaveURL(at(name, '/team'));

  // It cannot be removed where one stands; at the platform's own host it can.
  await page.goto(`/t/${tenant.slug}/domains?remove=${name}`);
  await page.getByRole('button', { name: 'Remove the domain' }).click();
  await expect(page.getByText('Your portal does not answer there any more.')).toBeVisible();
  expect((await page.goto(at(`${tenant.slug}.localhost`, '/login')))?.status()).toBe(200);
});

test('a record is copied with a button @scripts', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  await page.goto(`/t/${tenant.slug}/domains`);
  await addDomain(page, `portal.${unique()}.example`);
  await awake(page);
  const value = page.getByLabel('Value of the TXT record');
  await page.getByRole('button', { name: 'Copy' }).nth(1).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await value.inputValue());
});
