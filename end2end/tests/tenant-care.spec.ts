// One tenant in the console: its tabs, its people, its features and facts, its life.
import { ADMIN, type Page, acceptInvite, cli, expect, makeTenant, test } from './support/test';

const tab = (page: Page, name: string) => page.getByRole('navigation', { name: 'Pages of this tenant' }).getByRole('link', { name });

test('every tab of a tenant is a click away and says where one is', async ({ browserOf }) => {
  const tenant = await makeTenant();
  const page = await browserOf(ADMIN);
  await page.goto(`/admin/tenants/${tenant.slug}`);
  await expect(page.getByRole('heading', { name: 'Health' })).toBeVisible();
  for (const name of ['Users', 'Quotas', 'Usage', 'Billing', 'Features', 'Branding', 'Domains', 'Audit', 'Settings']) {
    await tab(page, name).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText(tenant.name);
    await expect(tab(page, name)).toHaveAttribute('aria-current', 'page');
  }
  await tab(page, 'Overview').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(tenant.name);
});

test('staff help a tenant’s people', async ({ browserOf, page: owner }) => {
  const tenant = await makeTenant();
  await acceptInvite(owner, tenant);
  const page = await browserOf(ADMIN);
  await page.goto(`/admin/tenants/${tenant.slug}/users`);
  await page.getByLabel('Email').fill(`new@${tenant.slug}.example`);
  await page.getByLabel('Role', { exact: true }).selectOption('admin');
  await page.getByRole('button', { name: 'Send invite' }).click();
  await expect(page.getByText('The invite is on its way.')).toBeVisible();
  await page.getByRole('button', { name: `Resend the invite of new@${tenant.slug}.example` }).click();
  await expect(page.getByText('A new link is on its way.')).toBeVisible();
  await page.getByRole('button', { name: `Revoke the invite of new@${tenant.slug}.example` }).click();
  await expect(page.getByText('The invite is taken back.')).toBeVisible();

  await page.getByRole('link', { name: 'Otto Owner' }).click();
  const card = page.locator('#member');
  await card.getByLabel('Role').selectOption('viewer');
  await card.getByRole('button', { name: 'Change role' }).click();
  await expect(page.getByText('The last owner cannot go: make somebody else an owner first.')).toBeVisible();
  await card.getByRole('button', { name: 'Send password reset' }).click();
  await expect(page.getByText('A link to set a new password is on its way')).toBeVisible();
  await card.getByRole('link', { name: 'End sessions' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End sessions' }).click();
  await expect(page.getByText('They are signed out everywhere.')).toBeVisible();
  await owner.goto(`/t/${tenant.slug}`);
  await expect(owner).toHaveURL(/\/login/);
});

test('a feature is switched for one tenant and given back to its plan', async ({ browserOf }) => {
  const tenant = await makeTenant();
  const page = await browserOf(ADMIN);
  await page.goto(`/admin/tenants/${tenant.slug}/features`);
  const row = page.getByRole('row').filter({ hasText: 'sso' });
  await expect(row).toContainText('Off');
  await row.getByRole('link').click();
  await page.getByLabel('Reason').fill('A pilot until they buy');
  await page.getByLabel('Last day').fill('2020-01-01');
  await page.getByRole('button', { name: 'Switch', exact: true }).click();
  await expect(page.getByLabel('Last day')).toHaveAccessibleDescription(/This day is over/);
  await expect(page.getByLabel('Reason')).toHaveValue('A pilot until they buy');
  await page.getByLabel('Last day').fill('');
  await page.getByRole('button', { name: 'Switch', exact: true }).click();
  await expect(page.getByText('Switched. It holds from now on.')).toBeVisible();
  await expect(row).toContainText('On');
  await expect(row).toContainText('A pilot until they buy');
  await row.getByRole('link').click();
  await expect(page.getByLabel('State')).toHaveValue('plan');
  await page.getByLabel('Reason').fill('It is over');
  await page.getByRole('button', { name: 'Switch', exact: true }).click();
  await expect(row).toContainText('Off');
});

test('of two who change one tenant the second sees what changed, and old addresses lead on', async ({ browserOf, page: owner }) => {
  const tenant = await makeTenant();
  await acceptInvite(owner, tenant);
  const [first, second] = [await browserOf(ADMIN), await (await browserOf(ADMIN)).context().newPage()];
  for (const page of [first, second]) await page.goto(`/admin/tenants/${tenant.slug}/settings`);
  await first.getByLabel('Name').fill('The first name');
  await first.getByLabel('Slug').fill(`${tenant.slug}-two`);
  await first.getByRole('button', { name: 'Save' }).click();
  await expect(first.getByText('Saved.')).toBeVisible();
  await expect(first).toHaveURL(new RegExp(`/admin/tenants/${tenant.slug}-two/settings`));

  await second.getByLabel('Name').fill('The second name');
  await second.getByLabel('Staff notes').fill('Asks for Olga only.');
  await second.getByRole('button', { name: 'Save' }).click();
  await expect(second.getByText('Somebody changed this tenant meanwhile.')).toBeVisible();
  await expect(second.getByLabel('Name')).toHaveValue('The second name');
  await expect(second.getByLabel('Staff notes')).toHaveValue('Asks for Olga only.');
  await expect(second.getByText('Now it is “The first name”.')).toBeVisible();
  await second.getByLabel('Slug').fill(`${tenant.slug}-two`);
  await second.getByRole('button', { name: 'Save' }).click();
  await expect(second.getByText('Saved.')).toBeVisible();

  await owner.goto(`/t/${tenant.slug}/team`);
  await expect(owner).toHaveURL(`/t/${tenant.slug}-two/team`);
  await owner.goto(`/t/${tenant.slug}-two/settings`);
  await owner.getByLabel('New slug').fill(tenant.slug);
  await owner.getByLabel('Present slug').fill(`${tenant.slug}-two`);
  await owner.getByRole('button', { name: 'Change slug' }).click();
  await expect(owner.getByText('The slug is changed. The old one leads here.')).toBeVisible();
  await expect(owner).toHaveURL(new RegExp(`/t/${tenant.slug}/settings`));
  await expect(owner.locator('#earlier-slugs')).toContainText(`${tenant.slug}-two`);
});

test('a tenant that does not pay is closed until it does, and a deleted one comes back', async ({ browserOf, page: owner }) => {
  const tenant = await makeTenant();
  await acceptInvite(owner, tenant);
  const page = await browserOf(ADMIN);
  await page.goto(`/admin/tenants/${tenant.slug}`);
  await page.getByRole('link', { name: 'Payment missing' }).click();
  await page.getByLabel('What is owed').fill('Two invoices');
  await page.getByRole('button', { name: 'Suspend until it is paid' }).click();
  await expect(page.getByText('Suspended for non-payment: Two invoices')).toBeVisible();
  expect((await owner.goto(`/t/${tenant.slug}`))?.status()).toBe(403);
  await page.getByRole('link', { name: 'Payment arrived' }).click();
  await page.getByRole('button', { name: 'It arrived' }).click();
  await expect(page.getByText('The payment is noted.')).toBeVisible();
  expect((await owner.goto(`/t/${tenant.slug}`))?.status()).toBe(200);

  await page.getByRole('link', { name: 'Delete', exact: true }).click();
  await expect(page.getByRole('dialog')).toContainText('1 member');
  await page.getByLabel('Slug of the tenant').fill('something else');
  await page.getByRole('button', { name: 'Delete tenant' }).click();
  await expect(page.getByLabel('Slug of the tenant')).toHaveAccessibleDescription(/to confirm/);
  await page.getByLabel('Slug of the tenant').fill(tenant.slug);
  await page.getByRole('button', { name: 'Delete tenant' }).click();
  await expect(page.getByText('Deleted. Nothing of it is lost yet.')).toBeVisible();
  expect((await owner.goto(`/t/${tenant.slug}`))?.status()).toBe(404);
  await page.getByRole('link', { name: 'Restore', exact: true }).click();
  await page.getByRole('button', { name: 'Restore tenant' }).click();
  await expect(page.getByText('Restored, as it was.')).toBeVisible();
  expect((await owner.goto(`/t/${tenant.slug}`))?.status()).toBe(200);

  await tab(page, 'Audit').click();
  await expect(page.getByText('This log is whole.')).toBeVisible();
  await page.getByLabel('Action').selectOption('tenant.suspended_unpaid');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page.getByRole('row')).toHaveCount(2);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download CSV' }).click()]);
  expect(download.suggestedFilename()).toMatch(/^audit-.*\.csv$/);
});

test('a trial is extended, then converted to the plan', async ({ browserOf }) => {
  const tenant = await makeTenant();
  const made = await cli('tenant', 'create', '--name', 'Trying', '--slug', `${tenant.slug}-tries`, '--plan', 'pro', '--owner-email', tenant.owner, '--trial-days', '3');
  const page = await browserOf(ADMIN);
  await page.goto(`/admin/tenants/${made.slug}`);
  await page.getByRole('link', { name: 'Extend trial' }).click();
  await page.getByRole('button', { name: 'Extend trial' }).click();
  await expect(page.getByText('The trial is extended.')).toBeVisible();
  await expect(page.locator('.state').first()).toHaveText(/^Trial, 1[78] days$/);
  await page.getByRole('link', { name: 'Convert trial' }).click();
  await page.getByRole('button', { name: 'Convert to the plan' }).click();
  await expect(page.locator('.state').first()).toHaveText('Active');
});
