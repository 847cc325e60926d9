import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { faults } from './support/axe';
import { ADMIN, PASSWORD, acceptInvite, cli, demoPassword, expect, makeTenant, submitSignIn, test } from './support/test';

/** Exit code of `tenantry receipt verify`. */
async function verify(file: string, key: string): Promise<number> {
  const run = promisify(execFile)(process.env.TENANTRY_BIN ?? '', ['receipt', 'verify', file, '--key', key]);
  return run.then(() => 0, (error) => error.code);
}

test('an owner takes everything out, and it comes in as another tenant', async ({ page }, info) => {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  await page.goto(`/t/${tenant.slug}/agents/new`);
  await page.getByLabel('Name').fill('Scout');
  await page.getByLabel('Model').fill('large-2026');
  await page.getByRole('button', { name: 'Create agent' }).click();
  await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Export everything' }).click();
  await page.getByLabel('Your password').fill('wrong');
  await page.getByRole('button', { name: 'Make an archive' }).click();
  await expect(page.getByText('This is not your password.')).toBeVisible();
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Make an archive' }).click();
  await expect(page.getByText('When it is ready you get a mail.')).toBeVisible();
  const ready = page.locator('#ready');
  await expect(async () => {
    await page.goto(`/t/${tenant.slug}/export`);
    await expect(ready).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 30_000 });
  await ready.getByLabel('Your password').fill(PASSWORD);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    ready.getByRole('button', { name: 'Download the archive' }).click(),
  ]);
  const file = info.outputPath('archive.tar.gz');
  await download.saveAs(file);
  await page.reload();
  await expect(page.getByRole('row', { name: /Downloaded/ })).toHaveCount(2);
  await expect(ready).toHaveCount(0);

  const imported = await cli('tenant', 'import', file, '--slug', `${tenant.slug}-two`);
  expect(imported).toMatchObject({ slug: `${tenant.slug}-two`, rows: { agents: 1, members: 1 }, accounts_joined: [tenant.owner] });
  await page.goto(`/t/${tenant.slug}-two/agents`);
  await expect(page.getByRole('row', { name: /Scout/ })).toHaveCount(1);
});

test('staff remove a deleted tenant, and the receipt holds', async ({ browserOf }, info) => {
  const tenant = await makeTenant();
  const page = await browserOf(ADMIN);
  await page.goto(`/admin/tenants/${tenant.slug}/purge`);
  await expect(page.getByRole('heading', { name: 'It is not deleted' })).toBeVisible();
  await cli('tenant', 'delete', tenant.slug);
  await page.goto(`/admin/tenants/${tenant.slug}/purge`);
  await page.getByLabel('Slug of this tenant').fill('something else');
  await page.getByLabel('Your password').fill(demoPassword());
  await page.getByRole('button', { name: 'Remove it for good' }).click();
  await expect(page.locator('#confirm_slug-error')).toHaveText(`Type ${tenant.slug} to confirm.`);
  await page.getByLabel('Slug of this tenant').fill(tenant.slug);
  await page.getByLabel('Your password').fill(demoPassword());
  await page.getByRole('button', { name: 'Remove it for good' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Purged tenants');
  const receipt = page.getByRole('link', { name: `Receipt of ${tenant.slug}`, exact: true });
  await expect(async () => {
    await page.goto('/admin/purged');
    await expect(receipt).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 30_000 });
  const key = (await page.locator('code').last().textContent()) ?? '';
  const [download] = await Promise.all([page.waitForEvent('download'), receipt.click()]);
  const file = info.outputPath('receipt.json');
  await download.saveAs(file);
  expect(await verify(file, key)).toBe(0);
  expect(await verify(file, '00ff')).toBe(1);
});

test('staff bring in what they took out, under another slug', async ({ browserOf, scripts }, info) => {
  // One of its own: an owner of the demo who belonged to a copy too would be asked where to go, in every other test.
  const tenant = await makeTenant();
  await acceptInvite(await browserOf(), tenant);
  const page = await browserOf();
  await page.goto('/login?next=/admin/tenants');
  await submitSignIn(page, ADMIN, demoPassword());
  const file = info.outputPath('archive.tar.gz');
  await cli('tenant', 'export', tenant.slug, '--output', file);
  await page.getByRole('main').getByRole('link', { name: 'Import' }).click();
  await page.getByLabel('Archive').setInputFiles({ name: 'archive.tar.gz', mimeType: 'application/gzip', buffer: Buffer.from('no archive') });
  const slug = `${tenant.slug}-two`;
  await page.getByLabel('Slug').fill(slug);
  await page.getByLabel('Plan').selectOption('enterprise');
  await page.getByRole('button', { name: 'Import' }).click();
  await expect(page.locator('#archive-error')).toContainText('It is no archive of a tenant');
  await expect(page.getByLabel('Slug')).toHaveValue(slug);
  await expect(page.getByLabel('Plan')).toHaveValue('enterprise');
  if (scripts) expect(await faults(page)).toEqual([]);
  await page.getByLabel('Archive').setInputFiles(file);
  await page.getByRole('button', { name: 'Import' }).click();
  await expect(page).toHaveURL(`/admin/tenants/${slug}?done=imported`);
  const notice = page.getByRole('status').filter({ hasText: 'Imported.' });
  await expect(notice).toContainText('had an account here');
  if (scripts) expect(await faults(page)).toEqual([]);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/tenant, imported, ${info.project.name}.png`, fullPage: true });
  await page.goto(`/admin/tenants/${slug}/users`);
  await expect(page.getByRole('row').filter({ hasText: tenant.owner }).filter({ hasText: 'Owner' })).toBeVisible();
});
