import { ADMIN, OWNER, expect, test } from '../support/test';

test('the overview shows the figures of the demo', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  await page.goto('/admin');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
  await expect(page.getByText('127 tenants, revenue $87,432 a month')).toBeVisible();
  const states = page.getByRole('navigation', { name: 'Tenants by state' });
  for (const [state, number] of [['Active', '115'], ['Trial', '8'], ['Suspended', '4']]) {
    await expect(states.getByRole('link', { name: new RegExp(`^${state}\\s*${number}\\s*tenants$`) })).toBeVisible();
  }
  await states.getByRole('link', { name: 'Suspended' }).click();
  await expect(page.getByText('4 shown')).toBeVisible();
  await expect(page.getByRole('row')).toHaveCount(5);
});

test('the list counts all tenants and each state', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  await page.goto('/admin/tenants');
  const tabs = page.getByRole('navigation', { name: 'By state' });
  await expect(tabs.getByRole('link')).toHaveText(['All 127', 'Active 115', 'Trial 8', 'Past due 0', 'Suspended 4']);
  await expect(page.getByText('127 tenants · revenue $87,432 a month · Active: 115 · Trial: 8 · Suspended: 4')).toBeVisible();
});

test('pictures for the README @screenshot', async ({ browserOf }) => {
  const picture = async (who: string, path: string, file: string) => {
    const page = await browserOf(who);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await page.goto(path);
    await page.screenshot({ path: `screenshots/${file}`, animations: 'disabled' });
  };
  await picture(ADMIN, '/admin/tenants', 'console.png');
  await picture(OWNER, '/t/acme', 'portal.png');
});
