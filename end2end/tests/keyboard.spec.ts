import { ADMIN, type Page, demoPassword, expect, makeTenant, test } from './support/test';

/** Presses Tab until it is there, as somebody without a mouse does. */
async function tabTo(page: Page, target: ReturnType<Page['locator']>) {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    if (await target.evaluate((element) => element === document.activeElement)) {
      // Focus shows: it has an outline.
      expect(await target.evaluate((element) => getComputedStyle(element).outlineStyle)).not.toBe('none');
      return;
    }
  }
  throw new Error(`60 times Tab do not lead to ${target}`);
}

test('everything on the way from signing in to suspending and resuming works by keyboard', async ({ page }) => {
  const tenant = await makeTenant();
  await page.goto('/login');
  await tabTo(page, page.getByLabel('Email'));
  await page.keyboard.type(ADMIN);
  await tabTo(page, page.getByLabel('Password'));
  await page.keyboard.type(demoPassword());
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/admin');

  await tabTo(page, page.getByRole('link', { name: 'Tenants', exact: true }));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/admin/tenants');
  await tabTo(page, page.getByLabel('Find tenants'));
  await page.keyboard.type(tenant.slug);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`q=${tenant.slug}`));
  await expect(page.getByText('1 shown')).toBeVisible();
  await tabTo(page, page.getByRole('link', { name: tenant.name }));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`/admin/tenants/${tenant.slug}`);

  await tabTo(page, page.getByRole('link', { name: 'Suspend' }));
  await page.keyboard.press('Enter');
  const reason = page.getByLabel('Reason');
  await expect(reason).toBeVisible();
  if (!(await reason.evaluate((element) => element === document.activeElement))) await tabTo(page, reason);
  await page.keyboard.type('Suspended by keyboard');
  await tabTo(page, page.getByRole('button', { name: 'Suspend tenant' }));
  await page.keyboard.press('Enter');
  await expect(page.getByText('Suspended. Its people see the reason.')).toBeVisible();

  await tabTo(page, page.getByRole('link', { name: 'Resume' }));
  await page.keyboard.press('Enter');
  const resume = page.getByRole('button', { name: 'Resume tenant' });
  await expect(resume).toBeVisible();
  if (!(await resume.evaluate((element) => element === document.activeElement))) await tabTo(page, resume);
  await page.keyboard.press('Enter');
  await expect(page.getByText('Resumed. Its people can work again.')).toBeVisible();
});

test('the first Tab leads past the menu', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  await page.goto('/admin');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('main').getByRole('link').first()).toBeFocused();
});
