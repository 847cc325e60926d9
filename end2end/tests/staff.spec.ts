import { ADMIN, type Page, acceptInvite, awake, expect, makeTenant, test, unique } from './support/test';

/** Tokens that a program may still use, as the machine API says it. */
async function tokensOf(page: Page, key: string) {
  const answer = await page.request.get('/api/v1/tenant', { headers: { Authorization: `Bearer ${key}` } });
  const { quotas } = await answer.json();
  return quotas.find((quota: { meter: string }) => quota.meter === 'tokens').limit;
}

/** A key that may do everything, made by the tenant's owner in this browser. */
async function makeKey(page: Page, slug: string): Promise<string> {
  await page.goto(`/t/${slug}/keys`);
  await page.getByLabel('Name', { exact: true }).fill('Tests');
  for (const scope of ['read', 'usage', 'resources']) await page.getByLabel(scope, { exact: true }).check();
  await page.getByRole('button', { name: 'Create key' }).click();
  return page.getByLabel('Your new key “Tests”.').inputValue();
}

const menu = (page: Page, name: string) => page.getByRole('navigation', { name: 'Tenantry' }).getByRole('link', { name, exact: true });

/** The last day of this year, or of the next where that is today. */
const nextYear = `${new Date().getUTCFullYear() + 1}-12-31`;

test('a meter is added, named and counted', async ({ browserOf, page: owner }) => {
  const tenant = await makeTenant();
  await acceptInvite(owner, tenant);
  const key = await makeKey(owner, tenant.slug);
  const mark = unique();
  const page = await browserOf(ADMIN);
  await page.goto('/admin');
  await menu(page, 'Meters').click();
  await page.getByRole('link', { name: 'New meter' }).click();
  await page.getByLabel('Label').fill(`Renders ${mark}`);
  await page.getByLabel('Key').fill('Renders!');
  await page.getByLabel('Counts').selectOption('Used in a day (UTC)');
  await page.getByRole('button', { name: 'Create meter' }).click();
  await expect(page.getByLabel('Key')).toHaveAccessibleDescription(/Use lower-case letters/);
  await expect(page.getByLabel('Counts')).toHaveValue('day');
  await page.getByLabel('Key').fill(`renders-${mark}`);
  await page.getByRole('button', { name: 'Create meter' }).click();
  await expect(page.getByText('The meter is there.')).toBeVisible();

  const consumed = await owner.request.post(`/api/v1/quota/renders-${mark}/consume`, {
    headers: { Authorization: `Bearer ${key}` },
    data: { amount: 3 },
  });
  expect(await consumed.json()).toMatchObject({ allowed: true, used: 3, limit: null });
  await owner.goto(`/t/${tenant.slug}/usage`);
  await expect(owner.getByText(`Renders ${mark}`).first()).toBeVisible();

  await page.getByRole('link', { name: `Renders ${mark}` }).click();
  await page.getByLabel('Label').fill(`Pictures ${mark}`);
  await page.getByLabel('While the database is away').selectOption('Allow, uncounted');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The meter is changed.')).toBeVisible();
  await expect(page.getByRole('row', { name: new RegExp(`Pictures ${mark}`) })).toContainText('allowed, uncounted');
});

test('a price is set from a day on', async ({ browserOf }) => {
  const model = `model-${unique()}`;
  const page = await browserOf(ADMIN);
  await page.goto('/admin');
  await menu(page, 'Prices').click();
  await expect(page.getByRole('row', { name: /gpt-4o/ }).first()).toContainText('Current');
  await page.getByRole('link', { name: 'New price' }).click();
  await page.getByLabel('Model').fill(model);
  await page.getByLabel('Direction').selectOption('Output');
  await page.getByLabel('Price in US dollars').fill('-1');
  await page.getByLabel('From').fill('2020-01-01');
  await page.getByRole('button', { name: 'Set price' }).click();
  await expect(page.getByLabel('Price in US dollars')).toHaveAccessibleDescription(/0 or more/);
  await expect(page.getByLabel('From')).toHaveAccessibleDescription(/what was reported keeps its cost/);
  await expect(page.getByLabel('Model')).toHaveValue(model);
  await page.getByLabel('Price in US dollars').fill('0.000125');
  await page.getByLabel('For each').fill('1');
  await page.getByLabel('From').fill(nextYear);
  await page.getByRole('button', { name: 'Set price' }).click();
  await expect(page.getByText('The price is set.')).toBeVisible();
  const row = page.getByRole('row', { name: new RegExp(model) });
  await expect(row).toContainText('Coming');
  await expect(row).toContainText('$0.000125 per 1');
  await page.getByRole('link', { name: 'Past ones too' }).click();
  await expect(row).toBeVisible();
});

test('one tenant gets an override and a grant, and loses them again', async ({ browserOf, page: owner, scripts }) => {
  const tenant = await makeTenant();
  await acceptInvite(owner, tenant);
  const key = await makeKey(owner, tenant.slug);
  const page = await browserOf(ADMIN);
  await page.goto(`/admin/tenants/${tenant.slug}`);
  await page.getByRole('link', { name: 'Quotas', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Quotas of ${tenant.name}`);
  await page.getByRole('link', { name: 'Tokens' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Tokens of ${tenant.name}`);

  await page.getByLabel('Quota in the plan').fill('80 M');
  await page.getByLabel('Last day', { exact: true }).fill(nextYear);
  await page.getByLabel('Reason', { exact: true }).fill('   ');
  await page.getByRole('button', { name: 'Save override' }).click();
  await expect(page.getByLabel('Reason', { exact: true })).toHaveAccessibleDescription(/Enter a reason/);
  await expect(page.getByLabel('Quota in the plan')).toHaveValue('80 M');
  await page.getByLabel('Reason', { exact: true }).fill('A deal for the launch');
  await page.getByRole('button', { name: 'Save override' }).click();
  await expect(page.getByText('The override holds from now on.')).toBeVisible();
  await expect(page.getByText('A deal for the launch')).toBeVisible();
  expect(await tokensOf(owner, key)).toBe(80_000_000);

  await page.getByLabel('Amount to grant').fill('5 M');
  await page.getByLabel('Last day of the grant').fill(nextYear);
  await page.getByLabel('Reason for the grant').fill('An outage on Monday');
  await page.getByRole('button', { name: 'Add grant' }).click();
  await expect(page.getByText('The grant is added.')).toBeVisible();
  await expect(page.getByText('5 M of 5 M left')).toBeVisible();
  expect(await tokensOf(owner, key)).toBe(85_000_000);
  await page.getByRole('link', { name: 'Quotas of' }).click();
  await expect(page.getByRole('row', { name: /^Tokens/ })).toContainText('override and grants');
  expect(await page.evaluate(() => document.documentElement.scrollWidth), 'everything fits').toBeLessThanOrEqual(1280);
  await page.getByRole('link', { name: 'Tokens' }).click();

  const confirm = async (link: string, button: string) => {
    if (scripts) await awake(page);
    await page.getByRole('link', { name: link, exact: true }).click();
    await page.getByRole('button', { name: button, exact: true }).click();
  };
  await confirm('End', 'End grant');
  await expect(page.getByText('The grant has ended.')).toBeVisible();
  if (scripts) await awake(page);
  await page.getByRole('link', { name: 'Remove override' }).click();
  await page.getByLabel('Why it is removed').fill('The launch is over');
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(page.getByText('The override is removed')).toBeVisible();
  expect(await tokensOf(owner, key)).toBe(50_000_000);

  await page.goto(`/admin/tenants/${tenant.slug}`);
  for (const sentence of ['changed the tokens quota', 'granted more tokens', 'ended a grant of tokens']) {
    await expect(page.getByText(sentence).first()).toBeVisible();
  }
});
