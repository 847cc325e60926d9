import { ADMIN, type Page, awake, expect, makeTenant, test, unique } from './support/test';

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
  await expect(page).toHaveURL(/[?&]q=owner@acme/);
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
  await expect(page).toHaveURL(/q=state:suspended%20plan:pro/);
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
  await page.getByRole('link', { name: 'Next' }).click();
  expect((await names(page)).filter((name) => [...first, ...second].includes(name))).toEqual([]);
  await page.getByRole('link', { name: 'Previous' }).click();
  await expect(page).toHaveURL(/before=/);
  expect(await names(page)).toEqual(second);
  await page.getByRole('link', { name: 'First page' }).click();
  await expect(page).toHaveURL('/admin/tenants');
  await expect(cells(page, 0).first()).toContainText(first[0]);
});

test('line and controls say the same, whichever is changed', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  const line = page.getByLabel('Find tenants');
  const find = page.getByRole('button', { name: 'Find' });
  const plan = page.getByLabel('Plan', { exact: true });
  await page.goto('/admin/tenants');
  await line.fill('plan:pro state:active tokens:>50%');
  await line.press('Enter');
  await expect(plan).toHaveValue('pro');
  await expect(page.getByLabel('State', { exact: true })).toHaveValue('active');
  await expect(page.getByRole('link', { name: 'Acme Corporation' })).toBeVisible();
  await plan.selectOption('Starter');
  await find.click();
  await expect(line).toHaveValue('plan:starter state:active tokens:>50%');
  expect(new Set(await texts(page, 1))).toEqual(new Set(['Starter']));
  await page.goto('/admin/tenants?panel=filters');
  await page.getByLabel('Cost', { exact: true }).fill('>800');
  await find.click();
  await expect(line).toHaveValue('cost:>800');
  await expect(page.getByRole('columnheader', { name: 'Cost' })).toHaveAttribute('aria-sort', 'descending');
});

test('what is not understood is said under the line, and the list stays', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  await page.goto('/admin/tenants');
  await page.getByLabel('Find tenants').fill('plan:pro color:red');
  await page.getByRole('button', { name: 'Find' }).click();
  await expect(page.getByText('there is no filter “color”')).toBeVisible();
  await expect(page.getByLabel('Find tenants')).toHaveValue('plan:pro color:red');
  expect(new Set(await texts(page, 1))).toEqual(new Set(['Pro']));
});

test('a view with its columns is saved, opened and deleted, and is a file', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  const name = `View ${unique()}`;
  await page.goto('/admin/tenants?q=plan:enterprise');
  await page.getByRole('link', { name: 'Columns' }).click();
  await page.getByRole('checkbox', { name: 'Owner' }).uncheck();
  await page.getByRole('checkbox', { name: 'Storage' }).check();
  await page.getByRole('button', { name: 'Show columns' }).click();
  await expect(page).toHaveURL('/admin/tenants?q=plan:enterprise&cols=plan,state,agents,tokens,storage,cost');
  await expect(page.getByRole('columnheader', { name: 'Storage' })).toBeVisible();
  const file = await page.request.get((await page.getByRole('link', { name: 'Download CSV' }).getAttribute('href')) ?? '');
  expect((await file.text()).split('\r\n')[0]).toBe(
    'name,slug,plan,state,trial_ends_at,agents,agents_limit,tokens,tokens_limit,storage_bytes,storage_limit_bytes,cost_usd,budget_usd',
  );
  await page.getByRole('link', { name: 'Save view' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Save view' }).click();
  await page.goto('/admin/tenants');
  await page.getByRole('link', { name }).click();
  await expect(page.getByLabel('Find tenants')).toHaveValue('plan:enterprise');
  await page.getByRole('link', { name: 'All views' }).click();
  await page.getByRole('row', { name }).getByRole('link', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete view' }).click();
  await expect(page.getByText('Deleted.')).toBeVisible();
  await expect(page.getByRole('link', { name })).toHaveCount(0);
});

test('two tenants are suspended at once, and resumed', async ({ browserOf }) => {
  const [one, two] = [await makeTenant(), await makeTenant()];
  const page = await browserOf(ADMIN);
  await page.goto('/admin/tenants?q=slug:e2e-');
  await page.getByRole('link', { name: 'Select tenants' }).click();
  await page.getByRole('button', { name: 'Suspend tenants' }).click();
  await expect(page.getByRole('alert')).toHaveText('Choose at least one tenant.');
  await page.goto(`/admin/tenants?q=${one.slug}&panel=select`);
  await page.getByRole('checkbox', { name: `Select ${one.name}` }).check();
  await page.getByRole('button', { name: 'Suspend tenants' }).click();
  await page.getByLabel('Reason').fill('Unpaid since May');
  await page.getByRole('button', { name: 'Show what would happen' }).click();
  await expect(page.getByText('Nothing has happened yet.')).toBeVisible();
  await expect(page.getByRole('row', { name: one.name })).toContainText('Would be done');
  await page.getByRole('button', { name: 'Suspend 1 tenant' }).click();
  await expect(page.getByRole('row', { name: one.name }).getByText('Suspended.')).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText('1 of 1 tenants: 1 done, 0 refused')).toBeVisible();
  await page.goto(`/admin/tenants/${one.slug}`);
  await expect(page.getByText('Unpaid since May').first()).toBeVisible();

  // All of a view: one of the two is open already.
  await page.goto(`/admin/tenants?q="${one.slug}"&panel=select`);
  await page.getByRole('radio', { name: /of this view/ }).check();
  await page.getByRole('button', { name: 'Resume tenants' }).click();
  await page.getByRole('button', { name: 'Resume 1 tenant' }).click();
  await expect(page.getByRole('row', { name: one.name }).getByText('Resumed: active.')).toBeVisible({ timeout: 20_000 });
  await page.goto(`/admin/tenants?q=${two.slug}`);
  await expect(rows(page).getByText('Active')).toBeVisible();
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
  await expect(page.getByLabel('Find tenants')).toHaveValue(`${slug} state:trial`);
  await page.getByLabel('State', { exact: true }).selectOption('Active');
  await expect(rows(page)).toHaveCount(1);
  // And the other way round: what is typed shows in the controls.
  await page.getByLabel('Find tenants').fill(`${slug} state:suspended plan:pro`);
  await expect(page.getByLabel('State', { exact: true })).toHaveValue('suspended');
  await expect(page.getByLabel('Plan', { exact: true })).toHaveValue('pro');
  await page.getByLabel('Find tenants').fill(`${slug} color:red`);
  await expect(page.getByText('there is no filter “color”')).toBeVisible();
  await expect(page.getByLabel('Find tenants')).toHaveValue(`${slug} color:red`);
  await expect(rows(page)).toHaveCount(1);
});
