import { ADMIN, OWNER, PASSWORD, type Page, acceptInvite, awake, expect, makeTenant, submitSignIn, test } from './support/test';

const sessions = (page: Page) => page.getByRole('list').filter({ has: page.getByText('this one') }).getByRole('listitem');

async function isSignedIn(page: Page) {
  await page.goto('/account');
  return new URL(page.url()).pathname === '/account';
}

test('one session is revoked, then all others', async ({ browserOf, page }) => {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  const others = await Promise.all([browserOf(), browserOf(), browserOf()]);
  for (const other of others) {
    await other.goto('/login?next=/account');
    await submitSignIn(other, tenant.owner, PASSWORD);
    await expect(other).toHaveURL('/account');
  }

  await page.goto('/account');
  await expect(sessions(page)).toHaveCount(4);
  await page.getByRole('button', { name: 'Revoke Chrome on Linux' }).first().click();
  await expect(page.getByText('Ended. That browser is signed out.')).toBeVisible();
  await expect(sessions(page)).toHaveCount(3);
  const still = [];
  for (const other of others) still.push(await isSignedIn(other));
  expect(still.filter((signedIn) => signedIn)).toHaveLength(2);

  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(sessions(page)).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Sign out everywhere else' })).toBeHidden();
  for (const other of others) expect(await isSignedIn(other)).toBe(false);
});

test('name, time zone and password are changed', async ({ page, browserOf }) => {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  await page.goto('/account');
  await page.getByLabel('Name', { exact: true }).fill('Olga van Dam');
  await page.getByLabel('Time zone').selectOption('Asia/Kolkata');
  await page.getByRole('button', { name: 'Save profile' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(page.getByLabel('Time zone')).toHaveValue('Asia/Kolkata');
  await expect(sessions(page).first()).toContainText(/last seen \d{4}-\d\d-\d\d \d\d:\d\d IST/);

  const other = await browserOf();
  await other.goto('/login?next=/account');
  await submitSignIn(other, tenant.owner, PASSWORD);
  const renewed = 'nine tall green lanterns';
  await page.getByLabel('Current password').fill('not my password');
  await page.getByLabel('New password').fill(renewed);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByLabel('Current password')).toHaveAccessibleDescription('This is not your password.');
  await expect(page.getByLabel('Current password')).toBeFocused();
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByLabel('New password').fill(renewed);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Changed. All other browsers are signed out.')).toBeVisible();
  expect(await isSignedIn(other)).toBe(false);
  await other.goto('/login?next=/account');
  await submitSignIn(other, tenant.owner, renewed);
  await expect(other).toHaveURL('/account');
});

test('owners of the platform are reminded that a demo asks nobody for a second factor', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  await page.goto('/admin/tenants');
  await page.getByRole('link', { name: 'Require one' }).click();
  await expect(page).toHaveURL('/admin/staff#second-factor');
});

test('the theme is kept by the server', async ({ browserOf }) => {
  const page = await browserOf(OWNER);
  await page.goto('/account');
  const root = page.locator('html');
  await expect(root).not.toHaveAttribute('data-theme');
  await page.getByLabel('Dark').check();
  await page.getByRole('button', { name: 'Save theme' }).click();
  await expect(page.getByText('Kept for this browser.')).toBeVisible();
  await expect(root).toHaveAttribute('data-theme', 'dark');
  await expect(page.getByLabel('Dark')).toBeChecked();
  await page.goto('/t/acme');
  await expect(root).toHaveAttribute('data-theme', 'dark');

  await page.goto('/account');
  await page.getByLabel('As the system').check();
  await page.getByRole('button', { name: 'Save theme' }).click();
  await expect(root).not.toHaveAttribute('data-theme');
});

test('a choice of theme shows at once @scripts', async ({ browserOf }) => {
  const page = await browserOf(OWNER);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/account');
  await awake(page);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByLabel('Dark').check();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  expect(await ground()).not.toBe(light);
  await page.getByLabel('As the system').check();
  await expect(page.locator('html')).not.toHaveAttribute('data-theme');
  expect(await ground()).toBe(light);
});
