// Mail without a mail server: the console keeps it, and its links work.
import { linkOf, openMail } from './support/mail';
import { ADMIN, PASSWORD, type Page, type Tenant, acceptInvite, expect, makeTenant, submitSignIn, test, unique } from './support/test';

const NEW_PASSWORD = 'seven violet lanterns drift';

async function signedInOwner(page: Page): Promise<Tenant> {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  return tenant;
}

test('an invite is mailed; the console shows how it looks, and its button opens it', async ({ browserOf }) => {
  const tenant = await makeTenant();
  const admin = await browserOf(ADMIN);
  await openMail(admin, tenant.owner, `Join ${tenant.name}`);
  await expect(admin.locator('pre')).toContainText(`invites you to ${tenant.name}, as owner.`);
  const mail = admin.frameLocator('iframe');
  await expect(mail.getByRole('heading', { level: 1 })).toHaveText(`Join ${tenant.name}`);
  const popup = admin.waitForEvent('popup');
  await mail.getByRole('link', { name: 'Accept the invite' }).click();
  // Whoever is signed in as somebody else is told so.
  const address = (await popup).url();
  const invite = await browserOf();
  await invite.goto(address);
  await expect(invite.getByRole('heading', { level: 1 })).toHaveText(`Join ${tenant.name}`);
  await invite.getByLabel('Name').fill('Otto Owner');
  await invite.getByLabel('Password').fill(PASSWORD);
  await expect(invite.getByRole('button', { name: `Join ${tenant.name}` })).toBeEnabled();

  await admin.getByRole('button', { name: 'Send again' }).click();
  await expect(admin.getByText('It is queued, and goes out within seconds.')).toBeVisible();
});

test('a forgotten password is replaced by a mailed link', async ({ browserOf, page }) => {
  const tenant = await signedInOwner(page);
  const other = await browserOf();
  await other.goto('/login');
  await other.getByRole('link', { name: 'Forgot your password?' }).click();
  await other.getByLabel('Email').fill('nonsense@nodot');
  await other.getByRole('button', { name: 'Mail me a link' }).click();
  await expect(other.getByLabel('Email')).toHaveAccessibleDescription('Enter an e-mail address such as name@example.com.');
  await expect(other.getByLabel('Email')).toHaveValue('nonsense@nodot');
  await other.getByLabel('Email').fill(tenant.owner);
  await other.getByRole('button', { name: 'Mail me a link' }).click();
  await expect(other.getByText('If this address has an account, a link is on its way.')).toBeVisible();

  const admin = await browserOf(ADMIN);
  await openMail(admin, tenant.owner, 'Set a new password');
  await other.goto(await linkOf(admin));
  await other.getByLabel('New password').fill('short');
  await other.getByRole('button', { name: 'Set password' }).click();
  await expect(other.getByLabel('New password')).toHaveAttribute('aria-invalid', 'true');
  await other.getByLabel('New password').fill(NEW_PASSWORD);
  await other.getByRole('button', { name: 'Set password' }).click();
  await expect(other.getByText('Your password is set.')).toBeVisible();
  await submitSignIn(other, tenant.owner, NEW_PASSWORD);
  await expect(other).toHaveURL(`/t/${tenant.slug}`);

  await page.goto('/account');
  await expect(page).toHaveURL('/login?next=%2Faccount');
  expect((await other.goto(await linkOf(admin)))?.status()).toBe(410);
  await expect(other.getByRole('heading', { level: 1 })).toHaveText('This link was used already');
});

test('an account moves to another address by a link that is mailed there', async ({ browserOf, page }) => {
  const tenant = await signedInOwner(page);
  const address = `moved@${unique()}.example`;
  await page.goto('/account');
  await page.getByLabel('New email').fill(address);
  await page.getByLabel('Password to confirm').fill('not my password');
  await page.getByRole('button', { name: 'Change address' }).click();
  await expect(page.getByLabel('Password to confirm')).toHaveAccessibleDescription('This is not your password.');
  await expect(page.getByLabel('New email')).toHaveValue(address);
  await page.getByLabel('Password to confirm').fill(PASSWORD);
  await page.getByRole('button', { name: 'Change address' }).click();
  await expect(page.getByText('the link there confirms it')).toBeVisible();

  const admin = await browserOf(ADMIN);
  await openMail(admin, address, 'Confirm your new e-mail address');
  await page.goto(await linkOf(admin));
  await expect(page.getByText(tenant.owner)).toBeVisible();
  await page.getByRole('button', { name: 'Confirm this address' }).click();
  await expect(page.getByText('Your account has its new address.')).toBeVisible();
  await expect(page.getByText(address)).toBeVisible();
  await openMail(admin, tenant.owner, 'Your e-mail address was changed');
});

test('jobs are listed by state and kind; one is cancelled and tried again', async ({ browserOf }) => {
  const admin = await browserOf(ADMIN);
  await admin.goto('/admin');
  await admin.getByRole('navigation').getByRole('link', { name: 'Jobs' }).click();
  await admin.getByLabel('Kind').selectOption('End a trial');
  await admin.getByRole('button', { name: 'Show' }).click();
  await admin.getByRole('navigation', { name: 'By state' }).getByRole('link', { name: 'Queued' }).click();
  await expect(admin).toHaveURL('/admin/jobs?state=queued&kind=end_trial');
  const row = admin.getByRole('row').filter({ hasText: 'End a trial' }).first();
  await row.getByRole('link', { name: 'Cancel' }).click();
  await admin.getByRole('button', { name: 'Cancel the job' }).click();
  await expect(admin.getByText('It will not be done, unless you try it again.')).toBeVisible();
  await admin.goto('/admin/jobs?state=cancelled&kind=end_trial');
  await admin.getByRole('button', { name: /Try again ?: End a trial/ }).first().click();
  await expect(admin.getByText('It is due now, and begun within seconds.')).toBeVisible();
});

test('an owner deletes the tenant, and brings it back by the link of the mail', async ({ browserOf, page }) => {
  const tenant = await signedInOwner(page);
  await page.goto(`/t/${tenant.slug}/settings`);
  await page.getByLabel('Slug of this tenant').fill('another');
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Delete tenant' }).click();
  await expect(page.getByLabel('Slug of this tenant')).toHaveAccessibleDescription(`Type ${tenant.slug} to confirm.`);
  await expect(page.getByLabel('Slug of this tenant')).toHaveValue('another');
  await page.getByLabel('Slug of this tenant').fill(tenant.slug);
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Delete tenant' }).click();
  await expect(page.getByText('The tenant is deleted.')).toBeVisible();
  await expect(page.getByRole('link', { name: tenant.name })).toHaveCount(0);

  const admin = await browserOf(ADMIN);
  await openMail(admin, tenant.owner, `${tenant.name} was deleted`);
  const link = await linkOf(admin);
  await page.goto(link);
  await page.getByRole('button', { name: `Restore ${tenant.name}` }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  await page.goto(link);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`${tenant.name} is there`);
});
