import { readFileSync } from 'node:fs';
import { monthBefore } from './support/places';
import { ADMIN, OWNER, type Page, expect, test } from './support/test';

/** A table's caption stands in the document for those who cannot see the heading above it. */
const table = (page: Page, caption: RegExp) => page.getByRole('table', { name: caption });

test('the owner sees what was used, by whom, and what it cost', async ({ browserOf }) => {
  const page = await browserOf(OWNER);
  await page.goto('/t/acme');
  await page.getByRole('navigation', { name: 'Acme Corporation' }).getByRole('link', { name: 'Usage' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Usage');
  await expect(page.getByText('$847.32').first()).toBeVisible();
  await expect(page.getByText('28,500,000').first()).toBeVisible();
  await expect(page.getByRole('status').filter({ hasText: 'Agents: 87 % of the limit is used.' })).toBeVisible();
  const budget = page.getByRole('meter', { name: 'Budget' });
  await expect(budget).toHaveAttribute('aria-valuenow', '84');
  await expect(table(page, /Usage by model/)).toContainText('claude-sonnet-4-5');
  await expect(table(page, /Usage by agent/)).toContainText('Customer Support');
  await expect(table(page, /Usage by cost centre/)).toContainText('Engineering');
  await page.getByText('Tokens a day as a table').click();
  await expect(table(page, /Tokens a day, newest first/)).toBeVisible();
});

test('the month before is a link away', async ({ browserOf }) => {
  const page = await browserOf(OWNER);
  await page.goto('/t/acme/usage');
  await page.getByRole('navigation', { name: 'Months' }).getByRole('link').first().click();
  await expect(page).toHaveURL(`/t/acme/usage?month=${monthBefore()}`);
  await expect(table(page, /Usage by model/)).toContainText('claude-opus-4-6');
});

test('the file opens in a spreadsheet and adds up to the page', async ({ browserOf }) => {
  const page = await browserOf(OWNER);
  await page.goto('/t/acme/usage');
  const waiting = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download CSV' }).click();
  const download = await waiting;
  expect(download.suggestedFilename()).toMatch(/^usage-acme-\d{4}-\d{2}\.csv$/);
  const lines = readFileSync(await download.path(), 'utf8').trim().split('\r\n');
  expect(lines[0]).toBe('day,meter,model,agent,cost_center,amount,cost_usd');
  const tokens = lines.map((line) => line.split(',')).filter(([, meter]) => meter === 'tokens');
  expect(tokens.reduce((sum, cells) => sum + Number(cells[5]), 0)).toBe(28_500_000);
});

test('the console sees the same, and the whole platform', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  await page.goto('/admin/tenants/acme');
  await page.getByRole('link', { name: 'Usage', exact: true }).last().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Usage of Acme Corporation');
  await expect(page.getByText('28,500,000').first()).toBeVisible();
  await page.getByRole('navigation', { name: 'Tenantry' }).getByRole('link', { name: 'Usage' }).click();
  await expect(page).toHaveURL('/admin/usage');
  const margins = table(page, /margin by plan/);
  await expect(margins.getByRole('row', { name: /All plans/ })).toBeVisible();
  await expect(table(page, /Thresholds passed/)).toContainText('Acme Corporation');
  await expect(table(page, /most active users/)).toContainText('Beta Industries');
});
