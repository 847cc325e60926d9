import { readFileSync } from 'node:fs';
import { type Page, acceptInvite, awake, cli, expect, makeTenant, test, unique } from './support/test';

/** The owner of a new tenant, on its dashboard. */
async function ownerOf(browserOf: (email?: string) => Promise<Page>) {
  const tenant = await makeTenant();
  const page = await browserOf();
  await acceptInvite(page, tenant);
  return { tenant, page };
}

async function createAgent(page: Page, slug: string, name: string) {
  await page.goto(`/t/${slug}/agents/new`);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Model').fill('large');
  await page.getByLabel('Department').fill('Sales');
  await page.getByRole('button', { name: 'Create agent' }).click();
}

/** Opens the dialog behind a link; without scripts it stands on a page of its own. */
async function confirm(page: Page, scripts: boolean, link: string, button: string) {
  if (scripts) await awake(page);
  await page.getByRole('link', { name: link, exact: true }).click();
  await page.getByRole('button', { name: button }).click();
}

test('bars on an open dashboard follow what another page does @scripts', async ({ browserOf }) => {
  const { tenant, page } = await ownerOf(browserOf);
  const bar = page.getByRole('meter', { name: 'Agents' });
  await expect(bar).toHaveAttribute('aria-valuetext', '0 of 100, 0 %, ok');
  const other = await page.context().newPage();
  await createAgent(other, tenant.slug, `Helper ${unique()}`);
  await expect(other.getByText('The agent is created.')).toBeVisible();
  await expect(bar).toHaveAttribute('aria-valuetext', '1 of 100, 1 %, ok');
});

test('an agent is created, changed, put to sleep and deleted', async ({ browserOf, scripts }) => {
  const { tenant, page } = await ownerOf(browserOf);
  await page.getByRole('link', { name: 'Agents', exact: true }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Agents');
  await expect(page.getByRole('heading', { name: 'No agents here' })).toBeVisible();

  const name = `Helper ${unique()}`;
  await createAgent(page, tenant.slug, name);
  await expect(page.getByText('The agent is created.')).toBeVisible();
  await expect(page.getByRole('meter', { name: 'Agents' })).toHaveAttribute('aria-valuetext', '1 of 100, 1 %, ok');

  await page.getByRole('link', { name }).click();
  await page.getByLabel('Model').fill('small');
  await page.getByLabel('Cost centre').fill('4711');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The agent is changed.')).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: name })).toContainText('4711');

  await page.getByRole('link', { name }).click();
  await page.getByRole('button', { name: 'Deactivate' }).click();
  await expect(page.getByRole('row').filter({ hasText: name })).toContainText('Inactive');
  await page.getByRole('link', { name }).click();
  await page.getByRole('button', { name: 'Activate' }).click();
  await expect(page.getByRole('row').filter({ hasText: name })).not.toContainText('Inactive');

  await page.getByRole('link', { name }).click();
  await confirm(page, scripts, 'Delete', 'Delete agent');
  await expect(page.getByText('The agent is deleted, and its place is free.')).toBeVisible();
  await expect(page.getByText(name)).toBeHidden();
});

test('what is wrong with an agent stands beside its field, and nothing typed is lost', async ({ browserOf }) => {
  const { tenant, page } = await ownerOf(browserOf);
  await createAgent(page, tenant.slug, 'Helper');
  for (const [name, message] of [
    ['helper', /with this name already/],
    ['<b>Helper</b>', /no markup/],
  ] as const) {
    await createAgent(page, tenant.slug, name);
    await expect(page.getByLabel('Name')).toHaveAccessibleDescription(message);
    await expect(page.getByLabel('Name')).toHaveValue(name);
    await expect(page.getByLabel('Department')).toHaveValue('Sales');
    await expect(page.locator('[aria-invalid]')).toHaveCount(1);
  }
});

test('at the limit nothing is created, and the page says whom to ask', async ({ browserOf }) => {
  const { tenant, page } = await ownerOf(browserOf);
  await createAgent(page, tenant.slug, 'First');
  await cli('tenant', 'update', tenant.slug, '--max-agents', '1', '--reason', 'a smaller deal');
  await createAgent(page, tenant.slug, 'Second');
  await expect(page.getByText('Max 1 agent allowed. Upgrade your plan.')).toHaveCount(1);
  await expect(page.getByRole('link', { name: 'Compare plans' })).toBeVisible();
  await expect(page.getByLabel('Name')).toHaveValue('Second');
  await cli('tenant', 'update', tenant.slug, '--max-agents', 'plan');
  await page.getByRole('button', { name: 'Create agent' }).click();
  await expect(page.getByText('The agent is created.')).toBeVisible();
});

test('a document is uploaded, downloaded and deleted', async ({ browserOf, scripts }) => {
  const { tenant, page } = await ownerOf(browserOf);
  await page.goto(`/t/${tenant.slug}`);
  await page.getByRole('link', { name: 'Knowledge', exact: true }).first().click();
  await expect(page.getByRole('heading', { name: 'No documents here' })).toBeVisible();
  const bytes = Buffer.from('All that we know.\n'.repeat(1000));
  await page.getByLabel('Document').setInputFiles({ name: 'Handbook – 2026.txt', mimeType: 'text/plain', buffer: bytes });
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(page.getByText('The document is uploaded.')).toBeVisible();
  const row = page.getByRole('row').filter({ hasText: 'Handbook – 2026.txt' });
  await expect(row).toContainText('18 kB');
  await expect(row).toContainText('TXT');
  await expect(row).toContainText(tenant.owner);

  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Handbook – 2026.txt' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('Handbook – 2026.txt');
  expect(readFileSync(await download.path())).toEqual(bytes);

  await confirm(page, scripts, 'Delete', 'Delete document');
  await expect(page.getByText('The document is deleted, and its room is free.')).toBeVisible();
  await expect(page.getByText('Handbook – 2026.txt')).toBeHidden();
});

test('past the storage limit nothing is kept', async ({ browserOf }) => {
  const { tenant, page } = await ownerOf(browserOf);
  await cli('tenant', 'update', tenant.slug, '--max-storage-gb', '0');
  await page.goto(`/t/${tenant.slug}/knowledge`);
  await page.getByLabel('Document').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('text') });
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(page.getByText('Max 0 B of storage allowed. Upgrade your plan.')).toHaveCount(1);
  await expect(page.getByRole('heading', { name: 'No documents here' })).toBeVisible();
});
