import { ADMIN, type Page, awake, expect, makeTenant, test } from './support/test';

const rows = (page: Page) => page.getByRole('table').getByRole('row').filter({ has: page.getByRole('cell') });
const cells = (page: Page, column: number) => rows(page).getByRole('cell').nth(column);
const names = (page: Page) => rows(page).getByRole('link').allTextContents();

async function texts(page: Page, column: number): Promise<string[]> {
  return rows(page).evaluateAll((rows, column) => rows.map((row) => row.querySelectorAll('td')[column].textContent ?? ''), column);
}

test('a tenant is found by its owner and opened', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  await page.goto('/admin/tenants');
  await page.getByLabel('Find tenants').fill('owner@acme');
  await page.getByLabel('Find tenants').press('Enter');
  await expect(rows(page)).toHaveCount(1);
  await expect(page).toHaveURL(/[?&]q=owner%40acme/);
  await page.getByRole('link', { name: 'Acme Corporation' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Acme Corporation');
  await expect(page).toHaveURL('/admin/tenants/acme');
});

test('a search without result says what to do', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  await page.goto('/admin/tenants?q=there-is-no-such-tenant');
  await expect(page.getByRole('heading', { name: 'No tenant matches' })).toBeVisible();
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await expect(page).toHaveURL('/admin/tenants');
  await expect(rows(page)).toHaveCount(50);
});

test('state and plan narrow the list', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  await page.goto('/admin/tenants');
  await page.getByLabel('State', { exact: true }).selectOption('Suspended');
  await page.getByLabel('Plan', { exact: true }).selectOption('Pro');
  await page.getByRole('button', { name: 'Find' }).click();
  await expect(page).toHaveURL(/status=suspended&plan=pro/);
  await expect(page.getByRole('link', { name: 'Delta Inc' })).toBeVisible();
  expect(new Set(await texts(page, 1))).toEqual(new Set(['Pro']));
  expect(new Set(await texts(page, 2))).toEqual(new Set(['Suspended']));
  // The choice stands in the form again.
  await expect(page.getByLabel('State', { exact: true })).toHaveValue('suspended');
  await expect(page.getByLabel('Plan', { exact: true })).toHaveValue('pro');
});

test('a heading sorts, and again turns it around', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  await page.goto('/admin/tenants');
  const cost = page.getByRole('columnheader', { name: 'Cost' });
  await cost.getByRole('link').click();
  await expect(cost).toHaveAttribute('aria-sort', 'descending');
  const amounts = async () => (await texts(page, 5)).map((text) => Number(text.replace(/[$,]/g, '')));
  const falling = await amounts();
  expect(falling).toEqual([...falling].sort((a, b) => b - a));
  expect(falling[0]).toBe(3421);
  await cost.getByRole('link').click();
  await expect(cost).toHaveAttribute('aria-sort', 'ascending');
  const rising = await amounts();
  expect(rising).toEqual([...rising].sort((a, b) => a - b));
});

test('the next page goes on where this one ends, and back', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  await page.goto('/admin/tenants');
  const first = await names(page);
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(page).toHaveURL(/after=/);
  const second = await names(page);
  expect(second).toHaveLength(50);
  expect(second.filter((name) => first.includes(name))).toEqual([]);
  await page.getByRole('link', { name: 'First page' }).click();
  await expect(page).toHaveURL('/admin/tenants');
  await expect(cells(page, 0).first()).toContainText(first[0]);
});

test('typing finds at once, without a new page @scripts', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  await page.goto('/admin/tenants');
  await awake(page);
  await page.evaluate(() => Object.assign(window, { samePage: true }));
  await page.getByLabel('Find tenants').pressSequentially('techco');
  await expect(rows(page)).toHaveCount(1);
  await expect(page.getByRole('link', { name: 'TechCo' })).toBeVisible();
  await expect(page).toHaveURL(/[?&]q=techco/);
  await expect(page.getByLabel('Find tenants')).toBeFocused();
  expect(await page.evaluate(() => (window as any).samePage)).toBe(true);
  // The address is the view.
  await page.reload();
  await expect(rows(page)).toHaveCount(1);
});

test('a choice of state narrows at once @scripts', async ({ browserOf }) => {
  const { slug } = await makeTenant();
  const page = await browserOf(ADMIN);
  await page.goto(`/admin/tenants?q=${slug}`);
  await awake(page);
  await page.getByLabel('State', { exact: true }).selectOption('Trial');
  await expect(page.getByRole('heading', { name: 'No tenant matches' })).toBeVisible();
  await page.getByLabel('State', { exact: true }).selectOption('Active');
  await expect(rows(page)).toHaveCount(1);
});
