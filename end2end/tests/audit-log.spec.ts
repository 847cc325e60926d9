import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { MEMBER, acceptInvite, expect, makeTenant, test } from './support/test';

/** Exit code of `tenantry audit verify`, and what it says. */
async function verify(file: string): Promise<{ code: number; said: any }> {
  const run = promisify(execFile)(process.env.TENANTRY_BIN ?? '', ['audit', 'verify', file, '--json']);
  const { code, stdout } = await run.then(({ stdout }) => ({ code: 0, stdout }), (error) => error);
  return { code, said: JSON.parse(stdout) };
}

test('the log is narrowed, read, downloaded and verified elsewhere', async ({ page }, info) => {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  await page.goto(`/t/${tenant.slug}/agents/new`);
  await page.getByLabel('Name').fill('Scout');
  await page.getByLabel('Model').fill('large-2026');
  await page.getByRole('button', { name: 'Create agent' }).click();
  await page.getByRole('navigation').getByRole('link', { name: 'Audit log' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Audit log');
  await expect(page.getByRole('row')).toHaveCount(5);

  await page.getByLabel('Actor').fill('otto');
  await page.getByLabel('Action').selectOption('agent.created');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page.getByRole('row')).toHaveCount(2);
  const event = page.getByRole('row', { name: /created the agent Scout/ });
  await expect(event).toContainText('Model: large-2026');
  await page.getByLabel('Target').fill('nobody');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page.getByText('No event is like this.')).toBeVisible();
  await page.getByRole('link', { name: 'Show all' }).click();
  await expect(page.getByRole('row')).toHaveCount(5);

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download all' }).click()]);
  const file = info.outputPath('audit.jsonl');
  await download.saveAs(file);
  expect(await verify(file)).toMatchObject({ code: 0, said: { good: true, tenant: tenant.slug, head: { event: 4 } } });
  await writeFile(file, (await readFile(file, 'utf8')).replace('Scout', 'Snout'));
  expect(await verify(file)).toMatchObject({ code: 1, said: { good: false, break: { line: 5, event: 4 } } });
});

test('members have no audit log', async ({ browserOf }) => {
  const page = await browserOf(MEMBER);
  await page.goto('/t/acme');
  await expect(page.getByRole('navigation').getByRole('link', { name: 'Audit log' })).toHaveCount(0);
  expect((await page.goto('/t/acme/audit'))?.status()).toBe(403);
  expect((await page.goto('/t/acme/settings'))?.status()).toBe(403);
});
