import { ADMIN, MEMBER, type Page, acceptInvite, expect, makeTenant, test, unique } from './support/test';

const call = (page: Page, key: string, path: string) => page.request.get(path, { headers: { Authorization: `Bearer ${key}` } });

test('a key is made, shown once, used and revoked', async ({ page }) => {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  await page.getByRole('navigation').getByRole('link', { name: 'API keys' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('API keys');
  await expect(page.getByText('No keys yet')).toBeVisible();

  await page.getByLabel('Name', { exact: true }).fill('Nightly import');
  await page.getByLabel('read', { exact: true }).check();
  await page.getByLabel('Calls a minute').fill('60');
  await page.getByRole('button', { name: 'Create key' }).click();
  const shown = page.getByLabel('Your new key “Nightly import”.');
  const key = await shown.inputValue();
  expect(key).toMatch(/^tk_[\w-]{43}$/);

  const own = await call(page, key, '/api/v1/tenant');
  expect(own.status()).toBe(200);
  expect((await own.json()).slug).toBe(tenant.slug);
  await page.reload();
  await expect(shown).toHaveCount(0);
  const row = page.getByRole('row', { name: /Nightly import/ });
  await expect(row).toContainText(key.slice(0, 11));
  await expect(row).toContainText('Works');
  await expect(row.getByRole('cell', { name: '60', exact: true })).toBeVisible();
  await expect(row).toContainText('just now');

  await row.getByRole('link', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke the key' }).click();
  await expect(page.getByText('The next call with it is refused.')).toBeVisible();
  const refused = await call(page, key, '/api/v1/tenant');
  expect(refused.status()).toBe(401);
  expect((await refused.json()).code).toBe('KEY_REVOKED');
  await expect(page.getByRole('row', { name: /Nightly import/ })).toContainText('Revoked');
});

test('a rotated key works beside its successor', async ({ page }) => {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  await page.goto(`/t/${tenant.slug}/keys`);
  await page.getByLabel('Name', { exact: true }).fill('Reports');
  await page.getByLabel('read', { exact: true }).check();
  await page.getByRole('button', { name: 'Create key' }).click();
  const shown = page.getByLabel('Your new key “Reports”.');
  const old = await shown.inputValue();
  await page.getByRole('link', { name: 'Rotate' }).click();
  await page.getByLabel('The old key').selectOption('It works for 1 more hour');
  await page.getByRole('button', { name: 'Make the new key' }).click();
  await expect(shown).not.toHaveValue(old);
  for (const key of [old, await shown.inputValue()]) expect((await call(page, key, '/api/v1/tenant')).status()).toBe(200);
});

test('what is wrong with a key is said beside its field, and stays typed', async ({ page }) => {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  await page.goto(`/t/${tenant.slug}/keys`);
  await page.getByLabel('Name', { exact: true }).fill('Nothing');
  await page.getByLabel('Calls a minute').fill('a few');
  await page.getByRole('button', { name: 'Create key' }).click();
  await expect(page.getByText('Choose at least one scope.')).toBeVisible();
  await expect(page.getByText('Enter a whole number from 1 to 1000000, or nothing.')).toBeVisible();
  await expect(page.getByLabel('Calls a minute')).toHaveValue('a few');
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Nothing');
});

test('members see no keys', async ({ browserOf }) => {
  const page = await browserOf(MEMBER);
  await page.goto('/t/acme');
  await expect(page.getByRole('navigation').getByRole('link', { name: 'API keys' })).toHaveCount(0);
  expect((await page.goto('/t/acme/keys'))?.status()).toBe(403);
});

test('a platform key lists tenants until it is revoked', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  const name = `Deploy ${unique()}`;
  await page.goto('/admin/keys');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Create key' }).click();
  const key = await page.getByLabel(`Your new key “${name}”.`).inputValue();
  const list = await call(page, key, '/api/v1/platform/tenants?q=acme');
  expect((await list.json()).tenants[0].slug).toBe('acme');
  await page.getByRole('row', { name: new RegExp(name) }).getByRole('link', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke the key' }).click();
  expect((await call(page, key, '/api/v1/platform/tenants')).status()).toBe(401);
});
