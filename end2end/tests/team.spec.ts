import { type Page, PASSWORD, type Tenant, acceptInvite, awake, cli, expect, makeTenant, test, unique } from './support/test';

/** The owner of a new tenant, on its team page. */
async function ownerOf(page: Page): Promise<Tenant> {
  const tenant = await makeTenant();
  await acceptInvite(page, tenant);
  await page.getByRole('navigation').getByRole('link', { name: 'Team' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Team');
  return tenant;
}

/** Invites one person; gives the link that the page shows. */
async function invite(page: Page, tenant: Tenant, email: string, role = 'Member'): Promise<string> {
  await page.goto(`/t/${tenant.slug}/team`);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Role', { exact: true }).selectOption(role.toLowerCase());
  await page.getByRole('button', { name: 'Invite' }).click();
  await expect(page.getByText(`${email} is invited.`)).toBeVisible();
  return page.getByLabel('Link of the invite.').inputValue();
}

async function join(page: Page, tenant: Tenant, link: string, name: string) {
  await page.goto(link);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: `Join ${tenant.name}` }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
}

/** Opens the dialog behind a link; without scripts it stands on a page of its own. */
async function ask(page: Page, scripts: boolean, link: string) {
  if (scripts) await awake(page);
  await page.getByRole('link', { name: link, exact: true }).click();
}

test('somebody is invited, joins, gets another role and is removed', async ({ browserOf, page, scripts }) => {
  const tenant = await ownerOf(page);
  const mark = unique();
  const link = await invite(page, tenant, `ida@${mark}.example`, 'Viewer');
  const ida = await browserOf();
  await join(ida, tenant, link, 'Ida Iverson');
  await ida.goto(`/t/${tenant.slug}/team`);
  await expect(ida.getByRole('button', { name: 'Invite' })).toHaveCount(0);

  await page.goto(`/t/${tenant.slug}/team?q=ida`);
  const row = page.getByRole('row', { name: /Ida Iverson/ });
  await expect(row).toContainText('Viewer');
  await expect(row).toContainText('today');
  await page.getByRole('link', { name: 'Ida Iverson' }).click();
  await page.getByLabel('Role', { exact: true }).selectOption('admin');
  await page.getByRole('button', { name: 'Change role' }).click();
  await expect(page.getByText('Ida Iverson is an admin now.')).toBeVisible();
  await ida.goto(`/t/${tenant.slug}/team`);
  await expect(ida.getByRole('button', { name: 'Invite' })).toBeVisible();

  await ask(page, scripts, 'Remove');
  await page.getByRole('button', { name: 'Remove Ida Iverson' }).click();
  await expect(page.getByText('Removed. They can no longer open this tenant.')).toBeVisible();
  expect((await ida.goto(`/t/${tenant.slug}/team`))?.status()).toBe(404);
});

test('several are invited at once; what is wrong with one stands beside the field, and nothing typed is lost', async ({ page }) => {
  const tenant = await ownerOf(page);
  const mark = unique();
  await page.getByLabel('Email').fill(`a@${mark}.example, nobody`);
  await page.getByLabel('Role', { exact: true }).selectOption('viewer');
  await page.getByRole('button', { name: 'Invite' }).click();
  await expect(page.getByLabel('Email')).toHaveAccessibleDescription(/Not an e-mail address: “nobody”/);
  await expect(page.getByLabel('Email')).toHaveValue(`a@${mark}.example, nobody`);
  await expect(page.getByLabel('Role', { exact: true })).toHaveValue('viewer');
  await page.getByLabel('Email').fill(`a@${mark}.example\nb@${mark}.example`);
  await page.getByRole('button', { name: 'Invite' }).click();
  await expect(page.getByText('2 people are invited.')).toBeVisible();
  await expect(page.getByText('1 member, 2 invites open')).toBeVisible();
  // The way back leads to the form as it was; sent again, it says what is.
  await page.goBack();
  await page.goto(`/t/${tenant.slug}/team`);
  await page.getByLabel('Email').fill(`a@${mark}.example`);
  await page.getByRole('button', { name: 'Invite' }).click();
  await expect(page.getByText(`a@${mark}.example has an open invite already. Nobody was invited.`)).toBeVisible();
});

test('a new link ends the old one, and an invite is taken back', async ({ browserOf, page, scripts }) => {
  const tenant = await ownerOf(page);
  const old = await invite(page, tenant, `ida@${unique()}.example`);
  await page.getByRole('button', { name: 'Resend' }).click();
  await expect(page.getByText('There is a new link.')).toBeVisible();
  const newer = await page.getByLabel('Link of the invite.').inputValue();
  expect(newer).not.toBe(old);
  const ida = await browserOf();
  expect((await ida.goto(old))?.status()).toBe(410);
  await expect(ida.getByRole('heading', { level: 1 })).toHaveText('There is a newer link');
  expect((await ida.goto(newer))?.status()).toBe(200);
  await ask(page, scripts, 'Revoke');
  await page.getByRole('button', { name: 'Revoke the invite' }).click();
  await expect(page.getByText('The invite is taken back.')).toBeVisible();
  await ida.goto(newer);
  await expect(ida.getByRole('heading', { level: 1 })).toHaveText('This invite was taken back');
});

test('a link is copied with a button @scripts', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const tenant = await ownerOf(page);
  const link = await invite(page, tenant, `ida@${unique()}.example`);
  await awake(page);
  await page.getByRole('button', { name: 'Copy' }).click();
  await expect(page.getByText('Copied.', { exact: true })).toBeAttached();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
});

test('a file of people is seen line by line, then invited without its bad lines', async ({ page }) => {
  const tenant = await ownerOf(page);
  const mark = unique();
  await page.getByRole('link', { name: 'Import a CSV file' }).click();
  const choose = (name: string, buffer: Buffer) => page.getByLabel('CSV file').setInputFiles({ name, mimeType: 'text/csv', buffer });
  await choose('wrong.csv', Buffer.from('name,role\nAda,admin\n'));
  await page.getByRole('button', { name: 'Show what is in it' }).click();
  await expect(page.getByLabel('CSV file')).toHaveAccessibleDescription(/Line 1: the column email is missing/);

  const latin1 = Buffer.from(`name,email,role\nJörg,j@${mark}.example,member\nBo,bo@${mark}.example,viewer\nOtto,${tenant.owner},viewer\n`, 'latin1');
  await choose('people.csv', latin1);
  await page.getByRole('button', { name: 'Show what is in it' }).click();
  await expect(page.getByText('1 person can be invited, 2 lines are bad.')).toBeVisible();
  await expect(page.getByRole('row', { name: /Line 2/ })).toContainText('not UTF-8');
  await expect(page.getByRole('row', { name: /Line 4/ })).toContainText('is a member already');
  await page.getByRole('button', { name: 'Skip 2 bad lines and invite 1 person' }).click();
  await expect(page.getByText(/1 person was invited by/)).toBeVisible();
  await page.goBack();
  await page.reload();
  await expect(page.getByText(/1 person was invited by/)).toBeVisible();
  await page.getByRole('link', { name: 'Back to the team' }).click();
  await expect(page.getByRole('row', { name: new RegExp(`bo@${mark}.example`) })).toContainText('Invited');
});

test('a full team says so and shows the way to more', async ({ page }) => {
  const made = await cli('tenant', 'create', '--name', 'Small', '--slug', `e2e-${unique()}`, '--plan', 'free', '--owner-email', `o@${unique()}.example`);
  const tenant: Tenant = { slug: made.slug, name: 'Small', owner: made.owner_email, setupUrl: made.setup_url };
  await acceptInvite(page, tenant);
  await page.goto(`/t/${tenant.slug}/team`);
  await page.getByLabel('Email').fill('a@new.example b@new.example c@new.example d@new.example');
  await page.getByRole('button', { name: 'Invite' }).click();
  await expect(page.getByText('Max 5 members allowed. Upgrade your plan.')).toBeVisible();
  await page.getByLabel('Email').fill('e@new.example');
  await page.getByRole('button', { name: 'Invite' }).click();
  await expect(page.getByText('Max 5 members allowed. Upgrade your plan.')).toHaveCount(1);
  await page.getByRole('link', { name: 'Compare plans' }).click();
  await expect(page).toHaveURL(`/t/${tenant.slug}/plan`);
});

test('the owner hands the tenant over, and leaves', async ({ browserOf, page, scripts }) => {
  const tenant = await ownerOf(page);
  const link = await invite(page, tenant, `ida@${unique()}.example`);
  const ida = await browserOf();
  await join(ida, tenant, link, 'Ida Iverson');
  await page.goto(`/t/${tenant.slug}/team`);
  await page.getByRole('link', { name: 'Ida Iverson' }).click();
  await ask(page, scripts, 'Hand over');
  await page.getByLabel('Confirm').fill('something else');
  await page.getByRole('button', { name: 'Hand over' }).click();
  await expect(page.getByLabel('Confirm')).toHaveAccessibleDescription(new RegExp(`Type ${tenant.slug} to confirm`));
  await expect(page.getByLabel('Confirm')).toHaveValue('something else');
  await page.getByLabel('Confirm').fill(tenant.slug);
  await page.getByRole('button', { name: 'Hand over' }).click();
  await expect(page.getByText(`Ida Iverson owns ${tenant.name} now. You are an admin.`)).toBeVisible();

  await page.goto(`/t/${tenant.slug}/team`);
  await page.getByRole('link', { name: 'Your membership' }).click();
  await ask(page, scripts, 'Leave');
  await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
  await expect(page.getByText('You have left the tenant.')).toBeVisible();
  await ida.goto(`/t/${tenant.slug}/team`);
  await expect(ida.getByRole('row', { name: /Ida Iverson/ })).toContainText('Owner');
});
