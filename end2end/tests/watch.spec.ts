// What staff watch: isolation, the audit log of everything, health, alerts and their rules.
import { readFile } from 'node:fs/promises';
import { ADMIN, acceptInvite, expect, makeTenant, test, unique } from './support/test';

test('isolation is checked on the page, and the result is a file', async ({ browserOf, scripts }, info) => {
  const page = await browserOf(ADMIN);
  await page.goto('/admin');
  await page.getByRole('navigation').getByRole('link', { name: 'Isolation' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Isolation');
  await page.getByRole('button', { name: 'Check now' }).click();
  // With scripts the page looks again by itself.
  await expect(async () => {
    if (!scripts) await page.goto('/admin/isolation?done=asked');
    await expect(page.getByText('The check is done.')).toBeVisible({ timeout: 2000 });
  }).toPass();
  await expect(page.getByText('Tenants are kept apart.')).toBeVisible();
  await expect(page.getByRole('row', { name: /Attempts on another tenant's rows fail/ })).toContainText('Passed');

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download as JSON' }).click()]);
  const file = info.outputPath('isolation.json');
  await download.saveAs(file);
  const result = JSON.parse(await readFile(file, 'utf8'));
  expect(result.healthy).toBe(true);
  expect(result.checks).toHaveLength(10);

  await page.getByRole('table', { name: 'Checks of isolation, newest first' }).getByRole('link').first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Check of isolation');
  await expect(page.getByText('Tenants are kept apart.')).toBeVisible();
});

test('what somebody did is found among all tenants, and their chain is whole', async ({ browserOf, page }) => {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  const admin = await browserOf(ADMIN);
  await admin.goto('/admin');
  await admin.getByRole('navigation').getByRole('link', { name: 'Audit log' }).click();
  await admin.getByLabel('Tenant', { exact: true }).fill(tenant.slug);
  await admin.getByLabel('Action').selectOption('invite.accepted');
  await admin.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(admin.getByRole('row', { name: /accepted an invite/ })).toContainText(tenant.name);
  await expect(admin.getByText(`The log of ${tenant.slug} is whole.`)).toBeVisible();
  await admin.getByLabel('Tenant', { exact: true }).fill('Not A Slug');
  await admin.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(admin.getByLabel('Tenant', { exact: true })).toHaveAccessibleDescription(/Enter a tenant's slug/);
  await admin.getByRole('link', { name: 'Show all' }).click();
  await expect(admin.getByText("The platform's own log is whole.")).toBeVisible();
  const [download] = await Promise.all([admin.waitForEvent('download'), admin.getByRole('link', { name: 'Download CSV' }).click()]);
  expect(download.suggestedFilename()).toBe('audit-events.csv');
});

test('health shows this server; a rule is made, corrected, changed and deleted', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  await page.goto('/admin/health');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Health');
  await expect(page.getByRole('table', { name: 'Requests by route, busiest first' })).toBeVisible();
  await page.getByRole('link', { name: 'Last hour' }).click();
  await expect(page.getByRole('link', { name: 'Last hour' })).toHaveAttribute('aria-current', 'page');
  await page.getByRole('link', { name: 'Alert rules' }).click();
  await page.getByRole('link', { name: 'New rule' }).first().click();
  const name = `Many errors ${unique()}`;
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('What is looked at').selectOption('error_rate');
  await page.getByLabel('Threshold').fill('many');
  await page.getByLabel('For minutes').fill('10');
  await page.getByLabel('Whom to tell').fill('owner@acme.example');
  await page.getByRole('button', { name: 'Create rule' }).click();
  await expect(page.getByLabel('Threshold')).toHaveAccessibleDescription(/Enter a number from 0 to 100/);
  await expect(page.getByLabel('Name')).toHaveValue(name);
  await page.getByLabel('Threshold').fill('5');
  await page.getByRole('button', { name: 'Create rule' }).click();
  await expect(page.getByLabel('Whom to tell')).toHaveAccessibleDescription(/owner@acme.example is not of the platform's staff/);
  await page.getByLabel('Whom to tell').fill(ADMIN);
  await page.getByRole('button', { name: 'Create rule' }).click();
  await expect(page.getByText('The rule is there.')).toBeVisible();
  await page.getByRole('link', { name }).click();
  await page.getByLabel('For minutes').fill('15');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('Errors above 5 % for 15 minutes');
  await page.getByRole('link', { name }).click();
  await page.getByRole('link', { name: 'Delete rule' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete rule' }).click();
  await expect(page.getByText('The rule is deleted.')).toBeVisible();
  await expect(page.getByRole('link', { name })).toHaveCount(0);
});

test('an alert of a busy tenant is acknowledged and assigned', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  // A demo tenant is near its limits: the runner raises its alert within a minute of the start.
  await expect(async () => {
    await page.goto('/admin/health/alerts');
    await expect(page.getByRole('table', { name: 'Alerts, newest first' })).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 30_000 });
  const row = page.getByRole('row').nth(1);
  const detail = await row.locator('small bdi').first().innerText();
  const alert = page.getByRole('row').filter({ hasText: detail }).first();
  if (await alert.getByRole('button', { name: 'Acknowledge' }).count()) {
    await alert.getByRole('button', { name: 'Acknowledge' }).click();
    await expect(page.getByText('Acknowledged: others see that somebody knows.')).toBeVisible();
  }
  await expect(alert).toContainText('Acknowledged');
  await alert.getByRole('combobox').selectOption({ index: 1 });
  await alert.getByRole('button', { name: 'Assign' }).click();
  await expect(page.getByText('Assigned.')).toBeVisible();
});
