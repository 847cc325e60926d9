import { ADMIN, OWNER, acceptInvite, cli, expect, makeTenant, test } from './support/test';

test('an owner upgrades, and sees the cost before', async ({ page }) => {
  const tenant = await makeTenant();
  await cli('tenant', 'upgrade', tenant.slug, '--plan', 'starter');
  await acceptInvite(page, tenant);
  await page.goto(`/t/${tenant.slug}`);
  await page.getByRole('link', { name: /^Plan Starter/ }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Plan');
  await expect(page.getByRole('region', { name: 'Starter' })).toContainText('Your plan');
  await page.getByRole('link', { name: 'Upgrade to Pro' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Upgrade to Pro');
  const total = (await page.getByRole('table', { name: /Lines of the next invoice/ }).getByRole('row', { name: /^Total/ }).innerText()).match(/\$[\d.]+/)?.[0] ?? 'none';
  await expect(page.getByText(`becomes ${total}`)).toBeVisible();
  await page.getByRole('button', { name: 'Upgrade to Pro now' }).click();
  await expect(page.getByText('Its limits hold from now on.')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Pro', exact: true })).toContainText('Your plan');

  // Back, and once more: nothing happens twice.
  await page.goBack();
  const again = page.getByRole('button', { name: 'Upgrade to Pro now' });
  if (await again.isVisible()) {
    await again.click();
    await expect(page.getByRole('region', { name: 'Pro', exact: true })).toContainText('Your plan');
  } else {
    await expect(page.getByText('You have the plan Pro.')).toBeVisible();
  }
  await page.goto(`/t/${tenant.slug}/billing`);
  await expect(page.getByRole('table', { name: /Lines of the next invoice/ })).toContainText(total);
});

test('a smaller plan is tried out, chosen and taken back', async ({ page }) => {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  for (const name of ['Ada', 'Bob', 'Cleo', 'Dan', 'Eve', 'Finn']) {
    await page.goto(`/t/${tenant.slug}/agents/new`);
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Model').fill('large');
    await page.getByRole('button', { name: 'Create agent' }).click();
  }
  await page.goto(`/t/${tenant.slug}/plan`);
  await expect(page.getByRole('region', { name: 'Free' })).toContainText('1 too many');
  await page.getByRole('link', { name: 'Change to Free' }).click();
  await expect(page.getByText('6 exist, 5 are allowed: 1 too many')).toBeVisible();
  await page.getByLabel(/^Choose up to 5 that stay active/).check();
  await page.getByText('Agents to choose from').click();
  await page.getByLabel('Finn').check();
  await page.getByRole('button', { name: 'Change to Free' }).click();
  await expect(page.getByText('Tick at most 5; these are 6.')).toBeVisible();
  await expect(page.getByLabel(/^Choose up to 5/)).toBeChecked();
  await page.getByLabel('Bob').uncheck();
  await page.getByRole('button', { name: 'Change to Free' }).click();
  await expect(page.getByText('The change is scheduled.')).toBeVisible();
  await page.getByRole('button', { name: 'Cancel the change' }).click();
  await expect(page.getByText('The change is cancelled: your plan stays.')).toBeVisible();
});

test('a question about a plan reaches the console', async ({ page, browserOf }) => {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  await page.goto(`/t/${tenant.slug}/plan`);
  await page.getByRole('link', { name: 'Talk to us about Enterprise' }).click();
  await page.getByLabel('What do you need?').fill(`Eighty people of ${tenant.name}`);
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByText('Your question is on its way.')).toBeVisible();
  const staff = await browserOf(ADMIN);
  await staff.goto('/admin');
  await staff.getByRole('listitem').filter({ hasText: tenant.name }).getByRole('link').first().click();
  await expect(staff.getByText(`Eighty people of ${tenant.name}`)).toBeVisible();
  await staff.getByRole('button', { name: 'It is answered' }).click();
  await expect(staff.getByText('The question is put aside.')).toBeVisible();
});

test('invoices are read and downloaded', async ({ browserOf }) => {
  const page = await browserOf(OWNER);
  await page.goto('/t/acme/billing');
  const table = page.getByRole('table', { name: 'Invoices, newest first' });
  await table.getByRole('link', { name: 'ACME-0002', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Invoice ACME-0002');
  await expect(page.getByRole('table', { name: /Lines of the invoice/ })).toContainText('Starter to Pro from 12 February on, 17 of 2');
  for (const kind of ['PDF', 'CSV']) {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: kind, exact: true }).click()]);
    expect(file.suggestedFilename()).toBe(`ACME-0002.${kind.toLowerCase()}`);
  }
});
