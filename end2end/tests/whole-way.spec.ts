// The whole way of somebody who found the product on the web: from the form to a portal with their colour at a name of their own, and the
// team in it.
import { OURS, setRecords } from './support/knot';
import { fillAll, mailedLink, newEntry, setUp } from './support/signup';
import { ADMIN, PASSWORD, expect, submitSignIn, test, unique } from './support/test';

test('from sign-up to a branded portal at a verified domain, with somebody invited to it', async ({ browserOf, page }) => {
  test.slow();
  const entry = newEntry();
  const name = `portal-${unique()}.${OURS}`;
  const base = new URL(process.env.TENANTRY_BASE_URL ?? '');
  const at = (path: string) => `${base.protocol}//${name}:${base.port}${path}`;

  // Sign-up, and the link in the mail.
  await page.goto('/login');
  await page.getByRole('link', { name: 'Sign up' }).click();
  await fillAll(page, entry);
  const admin = await browserOf(ADMIN);
  await setUp(page, await mailedLink(admin, entry), entry);

  // Its first agent, and its look, from the wizard.
  await page.getByLabel('Name').fill('Support helper');
  await page.getByLabel('Model').fill('large-2026');
  await page.getByRole('button', { name: 'Create agent' }).click();
  await page.getByRole('link', { name: 'Logo and colour' }).click();
  await page.getByRole('link', { name: 'Choose logo and colour' }).click();
  await page.getByLabel('Display name').fill('Rowan portal');
  await page.getByLabel('Accent colour').fill('#0b7285');
  await page.getByRole('button', { name: 'Save draft' }).click();
  await page.getByRole('button', { name: 'Publish the saved draft' }).click();
  await expect(page.getByText('It is published')).toBeVisible();

  // A name of its own: the page says which records, and they are set.
  await page.getByRole('navigation').getByRole('link', { name: 'Domains' }).click();
  await page.getByLabel('Domain', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Add domain' }).click();
  const own = page.getByRole('region', { name });
  const token = await own.getByLabel('Value of the TXT record').inputValue();
  setRecords(`add _tenantry-challenge.${name} 60 TXT "${token}"`, `add ${name} 60 CNAME ${entry.slug}.localhost.`);
  await own.getByRole('button', { name: 'Check now' }).click();
  await expect(page.getByText('Your portal answers at')).toBeVisible();
  await own.getByRole('button', { name: 'Make primary' }).click();
  await expect(page.getByText('This is your primary address now.')).toBeVisible();

  // There: the branded sign-in page, a session of its own, and an invite whose link leads to the same name.
  const there = await browserOf();
  await there.goto(at('/'));
  await expect(there).toHaveURL(at('/login?next=%2F'));
  await expect(there.getByText('Rowan portal').first()).toBeVisible();
  await submitSignIn(there, entry.email, PASSWORD);
  await expect(there.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  await there.getByRole('navigation').getByRole('link', { name: 'Team' }).click();
  const guest = `kim@${entry.slug}.example`;
  await there.getByLabel('Email').fill(guest);
  await there.getByRole('button', { name: 'Invite' }).click();
  const link = await there.getByLabel('Link of the invite.').inputValue();
  expect(link.startsWith(at('/invite/'))).toBe(true);

  const kim = await browserOf();
  await kim.goto(link);
  await kim.getByLabel('Name').fill('Kim Kelly');
  await kim.getByLabel('Password').fill(PASSWORD);
  await kim.getByRole('button', { name: /^Join / }).click();
  await expect(kim.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  expect(new URL(kim.url()).hostname).toBe(name);
  await expect(kim.getByText('Rowan portal').first()).toBeVisible();
});
