import { ADMIN, type Page, cli, expect, makeTenant, test, unique } from './support/test';

const menu = (page: Page, name: string) => page.getByRole('navigation', { name: 'Tenantry' }).getByRole('link', { name, exact: true });

const title = (page: Page) => page.getByRole('heading', { level: 1 });

test('a plan changes in a draft, is published, and tenants move to it when they are moved', async ({ browserOf }) => {
  const mark = unique();
  const [name, key] = [`Team ${mark}`, `team-${mark}`];
  const page = await browserOf(ADMIN);
  await page.goto('/admin');
  await menu(page, 'Plans').click();
  await expect(title(page)).toHaveText('Plans');
  await page.getByRole('link', { name: 'New plan' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Key').fill('Team!');
  await page.getByLabel('Price a month').fill('29');
  await page.getByLabel('Position').fill('9');
  await page.getByLabel('Begin with the limits and features of').selectOption({ label: 'Starter version 1' });
  // Sign-up of other tests shows as many plans as before.
  await page.getByLabel('People may choose it themselves').uncheck();
  await page.getByRole('button', { name: 'Create plan' }).click();
  await expect(page.getByLabel('Key')).toHaveAccessibleDescription(/Use lower-case letters/);
  await expect(page.getByLabel('People may choose it themselves')).not.toBeChecked();
  await page.getByLabel('Key').fill(key);
  await page.getByRole('button', { name: 'Create plan' }).click();
  await expect(title(page)).toHaveText(`Draft of ${name} version 1`);
  await page.getByRole('link', { name: 'Publish', exact: true }).click();
  await page.getByRole('button', { name: 'Publish version 1' }).click();
  await expect(page.getByText('Published.')).toBeVisible();
  await expect(page.getByRole('table', { name: `Versions of ${name}` })).toContainText('$29');

  const slug = `e2e-${mark}`;
  await cli('tenant', 'create', '--name', `Birch ${mark}`, '--slug', slug, '--plan', key, '--owner-email', `o@${mark}.example`);
  await page.getByRole('button', { name: 'Begin a draft' }).click();
  await expect(page.getByText('Nothing yet: the draft is as version 1.')).toBeVisible();
  await page.getByRole('row', { name: /^Messages/ }).getByRole('link', { name: 'Change' }).click();
  await page.getByLabel('Quota').fill('lots');
  await page.getByRole('button', { name: 'Save to the draft' }).click();
  await expect(page.getByLabel('Quota')).toHaveAccessibleDescription(/Enter a number/);
  await expect(page.getByLabel('Quota')).toHaveValue('lots');
  await page.getByLabel('Quota').fill('30 M');
  await page.getByRole('button', { name: 'Save to the draft' }).click();
  await page.getByLabel('Price a month').fill('39');
  await page.getByLabel('Webhooks').check();
  await page.getByRole('button', { name: 'Save price and features' }).click();
  const differs = page.getByRole('table', { name: 'What the draft has other than version 1' });
  await expect(differs.getByRole('row', { name: /^Price a month/ })).toContainText('$39');
  await expect(differs.getByRole('row', { name: /^Messages/ })).toContainText('30 M');
  await expect(differs.getByRole('row', { name: /^Webhooks/ })).toContainText('included');
  await page.getByRole('link', { name: 'Publish', exact: true }).click();
  await expect(page.getByRole('dialog')).toContainText('1 tenant stays');
  await page.getByRole('button', { name: 'Publish version 2' }).click();
  await expect(page.getByText('Tenants that have it keep theirs.')).toBeVisible();

  await page.getByRole('link', { name: 'Move the tenants of version 1' }).click();
  await expect(page.getByRole('heading', { name: '1 tenant to version 2' })).toBeVisible();
  await expect(page.getByText('Price a month: $39, until now $29')).toBeVisible();
  await page.getByRole('button', { name: 'Move 1 tenant' }).click();
  await expect(title(page)).toHaveText(`Move to ${name} version 2`);
  // With scripts the page follows by itself; without, it is looked at again.
  await expect(async () => {
    const again = page.getByRole('link', { name: 'Look again' });
    if (await again.isVisible()) await again.click({ timeout: 1_000 });
    await expect(page.getByText('1 of 1 tenant done: 1 moved, 0 left out')).toBeVisible({ timeout: 3_000 });
  }).toPass();
  await page.goto(`/admin/tenants/${slug}`);
  await expect(page.getByText(`${name} 2`)).toBeVisible();

  await page.goto(`/admin/plans/${key}`);
  await page.getByRole('link', { name: 'Archive', exact: true }).click();
  await page.getByRole('button', { name: 'Archive the plan' }).click();
  await expect(page.getByText('archived, not sold')).toBeVisible();
});

test('a feature is added and described', async ({ browserOf }) => {
  const mark = unique();
  const page = await browserOf(ADMIN);
  await page.goto('/admin');
  await menu(page, 'Features').click();
  await page.getByRole('link', { name: 'New feature' }).click();
  await page.getByLabel('Label').fill(`Exports ${mark}`);
  await page.getByLabel('Description').fill('Files of everything.');
  await page.getByLabel('Key').fill('Exports!');
  await page.getByRole('button', { name: 'Create feature' }).click();
  await expect(page.getByLabel('Key')).toHaveAccessibleDescription(/Use lower-case letters/);
  await page.getByLabel('Key').fill(`exports-${mark}`);
  await page.getByRole('button', { name: 'Create feature' }).click();
  await expect(page.getByRole('row', { name: new RegExp(`^Exports ${mark}`) })).toContainText('no plan');
  await page.getByRole('link', { name: `Exports ${mark}` }).click();
  await page.getByLabel('Label').fill(`All exports ${mark}`);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: new RegExp(`^All exports ${mark}`) })).toBeVisible();
});

test('a tenant is made from a template, step by step, and cloned', async ({ browserOf }) => {
  const mark = unique();
  const page = await browserOf(ADMIN);
  await page.goto('/admin');
  await menu(page, 'Templates').click();
  await page.getByRole('link', { name: 'Customer support', exact: true }).click();
  await page.getByRole('link', { name: 'New tenant from it' }).click();
  await page.getByLabel('Name').fill(`Maple ${mark}`);
  await page.getByLabel('Slug').fill(`maple-${mark}`);
  await page.getByLabel('Owner email').fill(`owner@${mark}.example`);
  await expect(page.getByLabel('Template')).toHaveValue('customer-support');
  await page.getByLabel('Sample data').check();
  await page.getByRole('button', { name: 'Create tenant' }).click();
  await expect(title(page)).toHaveText(`Setting up Maple ${mark}`);
  const ready = async () => {
    const again = page.getByRole('link', { name: 'Look again' });
    if (await again.isVisible()) await again.click({ timeout: 1_000 });
    await expect(page.getByText('It is set up.')).toBeVisible({ timeout: 3_000 });
  };
  await expect(ready).toPass();
  await expect(page.getByRole('row', { name: /^Conversations/ })).toContainText('50');
  await expect(page.getByLabel('Set-up link for the owner.')).toHaveValue(/\/invite\//);
  await page.getByRole('link', { name: 'Open the tenant' }).click();

  await page.getByRole('link', { name: 'Clone', exact: true }).click();
  await expect(page.getByText('3 agents')).toBeVisible();
  await page.getByLabel('Name').fill(`Maple again ${mark}`);
  await page.getByLabel('Slug').fill(`maple-${mark}`);
  await page.getByLabel('Owner email').fill(`other@${mark}.example`);
  await page.getByLabel('With data').check();
  await page.getByRole('button', { name: 'Clone tenant' }).click();
  await expect(page.getByLabel('Slug')).toHaveAccessibleDescription(/is taken/);
  await expect(page.getByLabel('With data')).toBeChecked();
  await page.getByLabel('Slug').fill(`maple-two-${mark}`);
  await page.getByRole('button', { name: 'Clone tenant' }).click();
  await expect(ready).toPass();
  await expect(page.getByRole('row', { name: /^Documents/ })).toContainText('3');
});

test('a template is made of a tenant, changed and deleted', async ({ browserOf }) => {
  const tenant = await makeTenant();
  const mark = unique();
  const page = await browserOf(ADMIN);
  await page.goto('/admin/templates');
  await page.getByLabel('Tenant', { exact: true }).fill(tenant.slug);
  await page.getByRole('button', { name: 'Make a template of it' }).click();
  await expect(page.getByText(`As ${tenant.slug} is now.`)).toBeVisible();
  await page.getByLabel('Key').fill(`kit-${mark}`);
  await page.getByLabel('Name').fill(`Kit ${mark}`);
  await page.getByLabel('Agents').fill('Scout; large; Sales\nScout; small');
  await page.getByRole('button', { name: 'Create template' }).click();
  await expect(page.getByLabel('Agents')).toHaveAccessibleDescription(/Line 2: there is an agent with this name already/);
  await page.getByLabel('Agents').fill('Scout; large; Sales\nCloser; small');
  await page.getByRole('button', { name: 'Create template' }).click();
  await expect(page.getByRole('row', { name: new RegExp(`^Kit ${mark}`) })).toContainText('2 agents');
  await page.getByRole('link', { name: `Kit ${mark}` }).click();
  await page.getByLabel('Sample data').selectOption('customer-support');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: new RegExp(`^Kit ${mark}`) })).toContainText('50 conversations');
  await page.getByRole('link', { name: `Kit ${mark}` }).click();
  await page.getByRole('link', { name: 'Delete', exact: true }).click();
  await page.getByRole('button', { name: 'Delete the template' }).click();
  await expect(page.getByText('The template is deleted.')).toBeVisible();
});
