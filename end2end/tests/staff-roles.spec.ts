// Staff, support access and the command palette, as people use them.
import { ADMIN, type Page, acceptInvite, awake, demoPassword, expect, makeTenant, submitSignIn, test, unique } from './support/test';

async function appoint(page: Page, email: string, role: string) {
  await page.goto('/admin/staff');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Role').selectOption(role);
  await page.getByRole('button', { name: 'Appoint' }).click();
  await expect(page.getByText('A link to choose a password is on its way')).toBeVisible();
}

test('an owner appoints somebody, changes the role and takes them off again', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  const email = `sue.${unique()}@staff.example`;
  await appoint(page, email, 'Support');
  const row = page.getByRole('row').filter({ hasText: email });
  await expect(row).toContainText('Support');
  await expect(row).toContainText('Appointed');
  await row.getByRole('link').click();
  await page.getByLabel('Role').selectOption('Billing');
  await page.getByRole('button', { name: 'Change role' }).click();
  await expect(page.getByText('The role is changed.')).toBeVisible();
  await page.getByRole('link', { name: 'Take off the staff' }).click();
  await page.getByRole('button', { name: 'Take off the staff' }).click();
  await expect(page.getByText('They are off the staff')).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: email })).toHaveCount(0);
});

test('support looks at a tenant, its owner sees it and ends it', async ({ browserOf, page: owner }) => {
  const tenant = await makeTenant();
  await acceptInvite(owner, tenant);
  // A session of its own: it gets other ids.
  const page = await browserOf();
  await page.goto(`/login?next=/admin/tenants/${tenant.slug}/support`);
  await submitSignIn(page, ADMIN, demoPassword());
  await page.getByLabel('Reason').fill('They asked why a bar is full.');
  await page.getByRole('button', { name: 'Begin' }).click();
  await expect(page).toHaveURL(`/t/${tenant.slug}`);
  await expect(page.getByText('as support until')).toBeVisible();
  await expect(page.getByRole('link', { name: 'API keys' })).toHaveCount(0);
  const keys = await page.goto(`/t/${tenant.slug}/keys`);
  expect(keys?.status()).toBe(403);

  await owner.goto(`/t/${tenant.slug}`);
  await expect(owner.getByText(`${ADMIN} of the platform's staff looks at`)).toBeVisible();
  await owner.getByRole('button', { name: 'End it' }).click();
  await expect(owner.getByRole('table')).toContainText('support.ended');
  const closed = await page.goto(`/t/${tenant.slug}`);
  expect(closed?.status()).toBe(404);
});

test('a command in plain words is shown, confirmed and done', async ({ browserOf }) => {
  const tenant = await makeTenant();
  const page = await browserOf(ADMIN);
  await page.goto('/admin/go');
  await page.getByLabel('Command').fill(`give ${tenant.slug} 77 agents`);
  await page.getByRole('button', { name: 'Go', exact: true }).click();
  await expect(page.getByText('77 of Agents')).toBeVisible();
  await page.getByLabel('Reason').fill('A deal');
  await page.getByRole('button', { name: 'Set the limit' }).click();
  await expect(page.getByText('Done.')).toBeVisible();
  await expect(page.getByRole('definition').filter({ hasText: '77 of Agents' })).toBeVisible();
  await page.goto('/admin/go?q=supsend+acme');
  await expect(page.getByRole('link', { name: 'suspend acme', exact: true })).toBeVisible();
});

// Without scripts the same is at /admin/go.
test('Ctrl-K finds a tenant from any page of the console @scripts', async ({ browserOf }) => {
  const tenant = await makeTenant();
  const page = await browserOf(ADMIN);
  await page.goto('/admin/jobs');
  await awake(page);
  await page.keyboard.press('Control+k');
  const dialog = page.getByRole('dialog', { name: 'Go to or do something' });
  await dialog.getByLabel('Go to a page or tenant').fill(tenant.slug);
  await expect(dialog.getByRole('link', { name: tenant.name })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`/admin/tenants/${tenant.slug}`);
  await page.keyboard.press('Control+k');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});
