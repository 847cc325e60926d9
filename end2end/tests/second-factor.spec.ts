import { faults } from './support/axe';
import { PASSWORD, type Page, acceptInvite, cli, expect, makeTenant, submitSignIn, test, unique } from './support/test';
import { code } from './support/totp';

/** Sets a second factor up on the account's page; gives the key and the recovery codes. */
async function enrol(page: Page): Promise<{ key: string; codes: string[] }> {
  await page.goto('/account#second-factor');
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set up a second factor' }).click();
  await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
  const key = await page.locator('.setup code').innerText();
  await page.locator('#second-factor').getByLabel('Code', { exact: true }).fill(code(key));
  await page.getByRole('button', { name: 'Turn on' }).click();
  await expect(page.getByText('From now on signing in asks for a code')).toBeVisible();
  const codes = await page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').allInnerTexts();
  expect(codes).toHaveLength(10);
  return { key, codes };
}

async function signIn(page: Page, email: string, second: string) {
  await page.goto('/login?next=/account');
  await submitSignIn(page, email, PASSWORD);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Enter your code');
  await page.getByLabel('Code', { exact: true }).fill(second);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('it is set up, asked for when signing in, and a recovery code stands in for it once', async ({ page, browserOf }) => {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  const { key, codes } = await enrol(page);
  await page.reload();
  await expect(page.getByRole('list', { name: 'Recovery codes' })).toHaveCount(0);

  const other = await browserOf();
  await signIn(other, tenant.owner, '000000');
  await expect(other.getByLabel('Code', { exact: true })).toHaveAccessibleDescription(/This code does not work/);
  await other.goto('/account');
  await expect(other, 'a password alone opens nothing').toHaveURL('/login?next=%2Faccount');
  await signIn(other, tenant.owner, code(key, 1));
  await expect(other).toHaveURL('/account');

  const third = await browserOf();
  await signIn(third, tenant.owner, codes[0]);
  await expect(third.getByText('You are signed in with a recovery code.')).toBeVisible();
  await expect(third.getByText('9 recovery codes are left.')).toBeVisible();
  const fourth = await browserOf();
  await signIn(fourth, tenant.owner, codes[0]);
  await expect(fourth.getByLabel('Code', { exact: true })).toHaveAccessibleDescription(/This code does not work/);

  // A session is revoked where it is listed; what began with a password alone is not among them.
  await page.goto('/account');
  await expect(page.locator('.sessions').getByRole('listitem')).toHaveCount(3);
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(page.getByText('All other browsers are signed out.')).toBeVisible();
  await other.goto('/account');
  await expect(other).toHaveURL('/login?next=%2Faccount');

  await page.getByLabel('Your password').fill(PASSWORD);
  await page.locator('#second-factor').getByLabel('Code', { exact: true }).fill(codes[1]);
  await page.getByRole('button', { name: 'Turn off' }).click();
  await expect(page.getByText('Your password alone signs you in.')).toBeVisible();
  await other.goto('/login?next=/account');
  await submitSignIn(other, tenant.owner, PASSWORD);
  await expect(other).toHaveURL('/account');
});

test('a wrong first code turns nothing on, and says so beside the field', async ({ page }) => {
  await acceptInvite(page, await makeTenant());
  await page.goto('/account');
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set up a second factor' }).click();
  const first = page.locator('#second-factor').getByLabel('Code', { exact: true });
  await first.fill('000000');
  await page.getByRole('button', { name: 'Turn on' }).click();
  await expect(first).toHaveAccessibleDescription(/This is not the app's code at this moment/);
  await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
});

test('a tenant asks everybody for one', async ({ page, browserOf }) => {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  const guest = `guest@${unique()}.example`;
  const invited = await cli('tenant', 'invite', tenant.slug, '--email', guest, '--role', 'member');
  const member = await browserOf();
  await acceptInvite(member, { ...tenant, setupUrl: invited.invite_url, owner: guest }, 'Gus Guest');

  await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('Require a second factor for everyone').check();
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(page.getByText('Set up a second factor for yourself first.')).toBeVisible();
  await enrol(page);
  await page.goto(`/t/${tenant.slug}/settings`);
  await page.getByLabel('Require a second factor for everyone').check();
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(page.getByLabel('Require a second factor for everyone')).toBeChecked();

  await member.goto(`/t/${tenant.slug}`);
  await expect(member).toHaveURL(`/account?needed=${tenant.slug}#second-factor`);
  await expect(member.getByText(`${tenant.name} asks everybody for a second factor.`)).toBeVisible();
  await enrol(member);
  await member.goto(`/t/${tenant.slug}`);
  await expect(member.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
});

test('each of its pages is readable and fits @scripts', async ({ page, browserOf }) => {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  const look = async (looked: Page) => {
    for (const [width, colorScheme] of [[1280, 'light'], [390, 'dark']] as const) {
      await looked.setViewportSize({ width, height: 844 });
      await looked.emulateMedia({ colorScheme });
      expect(await looked.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect(await faults(looked), `${looked.url()}, ${width} px`).toEqual([]);
      if (process.env.SHOTS) await looked.screenshot({ path: `${process.env.SHOTS}/factor-${shots++}-${width}-${colorScheme}.png`, fullPage: true });
    }
  };
  let shots = 0;
  await page.goto('/account');
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set up a second factor' }).click();
  await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
  await look(page);
  const key = await page.locator('.setup code').innerText();
  await page.locator('#second-factor').getByLabel('Code', { exact: true }).fill(code(key));
  await page.getByRole('button', { name: 'Turn on' }).click();
  await expect(page.getByRole('list', { name: 'Recovery codes' })).toBeVisible();
  await look(page);
  const half = await browserOf();
  await signIn(half, tenant.owner, '000000');
  await expect(half.getByLabel('Code', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await look(half);
});
