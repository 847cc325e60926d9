import { ADMIN, MEMBER, OWNER, type Page, TWO_TENANTS, acceptInvite, demoPassword, expect, makeTenant, submitSignIn, test } from './support/test';

const BARS: [label: string, text: string, word: string, percent: string][] = [
  ['Agents', '87 of 100, 87 %', 'near limit', '87'],
  ['Budget', '$847.32 of $1,000, 84 %', 'near limit', '84'],
  ['Tokens', '28.5 M of 50 M, 57 %', 'ok', '57'],
  ['Storage', '47.3 GB of 100 GB, 47 %', 'ok', '47'],
];

async function expectAcme(page: Page) {
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  for (const [label, text, word, percent] of BARS) {
    const bar = page.getByRole('meter', { name: label });
    await expect(bar).toHaveAttribute('aria-valuenow', percent);
    const line = page.getByRole('paragraph').filter({ has: page.getByText(label, { exact: true }) });
    await expect(line).toContainText(text);
    await expect(line).toContainText(word);
  }
  await expect(page.getByText('1,234,567')).toBeVisible();
  await expect(page.getByText('Olga Owner changed the agents quota')).toBeVisible();
}

test('the owner sees where the tenant stands, and its team', async ({ browserOf }) => {
  const page = await browserOf(OWNER);
  await page.goto('/t/acme');
  await expectAcme(page);
  await page.getByRole('link', { name: 'Team' }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Team');
  await expect(page.getByText('17 members, 2 invites open')).toBeVisible();
  const olga = page.getByRole('row', { name: /Olga Owner/ });
  await expect(olga).toContainText('owner@acme.example');
  await expect(olga).toContainText('Owner');
  await expect(page.getByRole('row', { name: /rita.novak@acme.example/ })).toContainText('Invited');
  await expect(page.getByRole('row', { name: /tess.lang@acme.example/ })).toContainText('Run out');
});

test('the tenant has a host of its own, with a session of its own', async ({ browserOf }) => {
  const page = await browserOf(OWNER);
  const own = new URL(process.env.TENANTRY_BASE_URL ?? '');
  own.hostname = 'acme.localhost';
  // The session at the platform's host says nothing here.
  await page.goto(own.href);
  await expect(page).toHaveURL(`${own.origin}/login?next=%2F`);
  await expect(page.locator('.brand')).toContainText('Acme Corporation');
  await submitSignIn(page, OWNER, demoPassword());
  await expect(page).toHaveURL(own.href);
  await expectAcme(page);
  await page.getByRole('navigation').getByRole('link', { name: 'Team' }).click();
  await expect(page).toHaveURL(`${own.origin}/team`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText('You are signed out.')).toBeVisible();
  // And the other way round.
  await page.goto('/t/acme');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
});

test('whoever belongs to two tenants switches between them', async ({ browserOf }) => {
  const page = await browserOf(TWO_TENANTS);
  await page.goto('/');
  await expect(page).toHaveURL('/tenants');
  await page.getByRole('link', { name: 'TechCo' }).click();
  await expect(page).toHaveURL('/t/techco');
  await page.getByRole('link', { name: 'Switch tenant' }).click();
  await page.getByRole('link', { name: 'Acme Corporation' }).click();
  await expectAcme(page);
});

test('whoever belongs to one tenant starts there', async ({ browserOf }) => {
  const page = await browserOf(MEMBER);
  await page.goto('/');
  await expect(page).toHaveURL('/t/acme');
  await expect(page.getByRole('link', { name: 'Switch tenant' })).toBeHidden();
});

test("other tenants' pages and the console are not found", async ({ browserOf }) => {
  const page = await browserOf(OWNER);
  for (const path of ['/t/techco', '/t/techco/team', '/t/no-such-tenant', '/admin', '/admin/tenants', '/admin/tenants/acme', '/no/such/page']) {
    expect((await page.goto(path))?.status(), path).toBe(404);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Page not found');
  }
});

test('a platform admin is no member', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  expect((await page.goto('/t/acme'))?.status()).toBe(404);
});

test('members do not remove anybody, owners do', async ({ browserOf, page: first }) => {
  const member = await browserOf(MEMBER);
  await member.goto('/t/acme/team');
  await expect(member.getByRole('link', { name: 'Remove' })).toHaveCount(0);

  // The last owner stays.
  const tenant = await makeTenant();
  await acceptInvite(first, tenant);
  await first.goto(`/t/${tenant.slug}/team`);
  await first.getByRole('link', { name: 'Your membership' }).click();
  await first.getByRole('link', { name: 'Leave' }).click();
  await first.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
  await expect(first.getByRole('alert')).toContainText('The last owner cannot go');
});

test('the menu opens on a small screen', async ({ browserOf }) => {
  const page = await browserOf(OWNER);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/t/acme');
  const team = page.getByRole('navigation', { name: 'Acme Corporation' }).getByRole('link', { name: 'Team' });
  await expect(team).toBeHidden();
  await page.getByRole('button', { name: 'Menu' }).click();
  await team.click();
  await expect(page).toHaveURL('/t/acme/team');
});
