import { ADMIN, acceptInvite, awake, expect, makeTenant, test } from './support/test';

test('a suspended tenant is refused with the reason and whom to ask, and let in again when resumed', async ({ browserOf, page: owner }) => {
  const tenant = await makeTenant();
  await acceptInvite(owner, tenant);
  const admin = await browserOf(ADMIN);
  await admin.goto(`/admin/tenants/${tenant.slug}`);

  await admin.getByRole('link', { name: 'Suspend' }).click();
  const dialog = admin.getByRole('dialog', { name: `Suspend ${tenant.name}?` });
  await dialog.getByLabel('Reason').fill('Two invoices are unpaid');
  await dialog.getByRole('button', { name: 'Suspend tenant' }).click();
  await expect(admin.getByText('Suspended. Its people see the reason.')).toBeVisible();
  await expect(admin.getByText('Suspended: Two invoices are unpaid')).toBeVisible();

  const answer = await owner.reload();
  expect(answer?.status()).toBe(403);
  await expect(owner.getByRole('heading', { level: 1 })).toHaveText(`${tenant.name} is suspended`);
  await expect(owner.getByText('Reason: Two invoices are unpaid.')).toBeVisible();
  await expect(owner.getByRole('link', { name: 'Write to support@localhost' })).toHaveAttribute('href', 'mailto:support@localhost');
  expect((await owner.goto(`/t/${tenant.slug}/team`))?.status()).toBe(403);

  await admin.getByRole('link', { name: 'Resume' }).click();
  await admin.getByRole('button', { name: 'Resume tenant' }).click();
  await expect(admin.getByText('Resumed. Its people can work again.')).toBeVisible();
  expect((await owner.goto(`/t/${tenant.slug}`))?.status()).toBe(200);
  await expect(owner.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
});

test('a reason of spaces is refused beside its field', async ({ browserOf }) => {
  const tenant = await makeTenant();
  const page = await browserOf(ADMIN);
  await page.goto(`/admin/tenants/${tenant.slug}`);
  await page.getByRole('link', { name: 'Suspend' }).click();
  await page.getByLabel('Reason').fill('   ');
  await page.getByRole('button', { name: 'Suspend tenant' }).click();
  await expect(page.getByLabel('Reason')).toHaveAccessibleDescription(/Enter a reason/);
  await expect(page.getByLabel('Reason')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.locator('.state').first()).toHaveText('Active');
});

test('cancelling changes nothing', async ({ browserOf }) => {
  const tenant = await makeTenant();
  const page = await browserOf(ADMIN);
  await page.goto(`/admin/tenants/${tenant.slug}`);
  await page.getByRole('link', { name: 'Suspend' }).click();
  await page.getByRole('link', { name: 'Cancel' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(page.locator('.state').first()).toHaveText('Active');
});

test('the dialog is modal, Escape closes it, and the focus returns @scripts', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  await page.goto('/admin/tenants/acme');
  await awake(page);
  const link = page.getByRole('link', { name: 'Suspend' });
  await link.click();
  await expect(page.locator('dialog:modal')).toBeVisible();
  await expect(page).toHaveURL('/admin/tenants/acme');
  await expect(page.getByLabel('Reason')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(link).toBeFocused();
});
