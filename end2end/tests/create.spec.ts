import { ADMIN, MEMBER, PASSWORD, acceptInvite, awake, expect, makeTenant, submitSignIn, test, unique } from './support/test';

const LABELS = { name: 'Name', slug: 'Slug', owner_email: 'Owner email', monthly_budget: 'Monthly budget' };
type Field = keyof typeof LABELS;

const BAD: [what: string, field: Field, input: string, message: RegExp][] = [
  ['a malformed slug', 'slug', 'Not A Slug', /lower-case letters, digits and hyphens only/],
  ['a taken slug', 'slug', 'acme', /“acme” is taken/],
  ['a reserved word', 'slug', 'admin', /reserved/],
  ['a bad e-mail', 'owner_email', 'owner@nodot', /e-mail address such as name@example.com/],
  ['a negative budget', 'monthly_budget', '-5', /0 or more/],
  ['a name of 300 characters', 'name', 'n'.repeat(300), /at most 120 characters/],
  ['emoji', 'name', 'Rocket 🚀 Inc', /emoji/],
  ['right-to-left text', 'name', 'شركة أكمي', /left-to-right/],
  ['HTML', 'name', '<b>Bold</b> Inc', /no markup/],
];

for (const [what, field, input, message] of BAD) {
  test(`${what} is refused beside its field, and nothing typed is lost`, async ({ browserOf }) => {
    const mark = unique();
    const typed = { name: `Maple ${mark}`, slug: `maple-${mark}`, owner_email: `owner@${mark}.example`, monthly_budget: '250', [field]: input };
    const page = await browserOf(ADMIN);
    await page.goto('/admin/tenants/new');
    for (const [name, text] of Object.entries(typed)) await page.getByLabel(LABELS[name as Field]).fill(text);
    await page.getByLabel('Plan').selectOption('pro');
    await page.getByLabel('Trial days').fill('7');
    await page.getByRole('button', { name: 'Create tenant' }).click();

    await expect(page.getByLabel(LABELS[field])).toHaveAccessibleDescription(message);
    await expect(page.locator('[aria-invalid]')).toHaveCount(1);
    for (const [name, text] of Object.entries(typed)) await expect(page.getByLabel(LABELS[name as Field])).toHaveValue(text);
    await expect(page.getByLabel('Plan')).toHaveValue('pro');
    await expect(page.getByLabel('Trial days')).toHaveValue('7');

    await page.goto(`/admin/tenants?q=${mark}`);
    await expect(page.getByRole('heading', { name: 'No tenant matches' })).toBeVisible();
  });
}

test('a new tenant comes with a link, and its owner sets it up once', async ({ browserOf, page: owner }) => {
  const mark = unique();
  const tenant = { name: `Cedar ${mark}`, slug: `cedar-${mark}`, owner: `owner@${mark}.example`, setupUrl: '' };
  const admin = await browserOf(ADMIN);
  await admin.goto('/admin/tenants/new');
  await admin.getByLabel('Name').fill(tenant.name);
  await admin.getByLabel('Slug').fill(tenant.slug);
  await admin.getByLabel('Plan').selectOption('pro');
  await admin.getByLabel('Owner email').fill(tenant.owner);
  await admin.getByLabel('Trial days').fill('14');
  await admin.getByLabel('Monthly budget').fill('1000');
  await admin.getByRole('button', { name: 'Create tenant' }).click();
  await expect(admin.getByText('Created.')).toBeVisible();
  await expect(admin.getByRole('heading', { level: 1 })).toHaveText(tenant.name);
  await expect(admin.locator('.state').first()).toHaveText('Trial, 14 days');
  tenant.setupUrl = await admin.getByLabel('Set-up link').inputValue();

  await owner.goto(tenant.setupUrl);
  await expect(owner.getByText(tenant.owner)).toBeVisible();
  await owner.getByLabel('Name').fill('Otto Owner');
  await owner.getByLabel('Password').fill('too short');
  await owner.getByRole('button', { name: 'Join' }).click();
  await expect(owner.getByLabel('Password')).toHaveAccessibleDescription(/Use at least 15 characters/);
  await expect(owner.getByLabel('Name')).toHaveValue('Otto Owner');

  await acceptInvite(owner, tenant);
  await expect(owner.getByText(`Welcome to ${tenant.name}.`)).toBeVisible();
  await expect(owner).toHaveURL(`/t/${tenant.slug}?done=welcome`);

  const used = await owner.goto(tenant.setupUrl);
  expect(used?.status()).toBe(410);
  await expect(owner.getByRole('heading', { level: 1 })).toHaveText('You have joined already');
  await expect(owner.getByRole('link', { name: `Open ${tenant.name}` })).toBeVisible();
  await admin.goto(`/admin/tenants/${tenant.slug}`);
  await expect(admin.getByText('has not set this tenant up yet')).toBeHidden();
});

test('the set-up link is shown again as long as it works', async ({ browserOf }) => {
  const tenant = await makeTenant();
  const page = await browserOf(ADMIN);
  await page.goto(`/admin/tenants/${tenant.slug}`);
  await page.getByRole('link', { name: 'Show the set-up link' }).click();
  await expect(page.getByLabel('Set-up link')).toHaveValue(tenant.setupUrl);
});

test('whoever has an account signs in to accept, and then has two tenants', async ({ browserOf, page }) => {
  const first = await makeTenant();
  await acceptInvite(await browserOf(), first);
  const second = await makeTenant(first.owner);

  await page.goto(second.setupUrl);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await submitSignIn(page, first.owner, PASSWORD);
  await page.getByRole('button', { name: `Join ${second.name}` }).click();
  await expect(page.getByText(`Welcome to ${second.name}.`)).toBeVisible();
  await page.goto('/tenants');
  await expect(page.getByRole('link', { name: first.name })).toBeVisible();
  await expect(page.getByRole('link', { name: second.name })).toBeVisible();
});

test('an invite of somebody else is not accepted by whoever is signed in', async ({ browserOf, page }) => {
  const first = await makeTenant();
  await acceptInvite(page, first);
  const second = await makeTenant(first.owner);
  const stranger = await browserOf(MEMBER);
  await stranger.goto(second.setupUrl);
  await expect(stranger.getByText(`You are signed in as ${MEMBER}, and this invite is for somebody else.`)).toBeVisible();
  await expect(stranger.getByRole('button', { name: 'Sign out' })).toBeVisible();
  await expect(stranger.getByRole('button', { name: 'Join' })).toBeHidden();
});

test('the slug is proposed from the name, and its verdict appears @scripts', async ({ browserOf }) => {
  const mark = unique();
  const page = await browserOf(ADMIN);
  await page.goto('/admin/tenants/new');
  await awake(page);
  const [slug, verdict] = [page.getByLabel('Slug'), page.getByRole('status')];
  await page.getByLabel('Name').pressSequentially(`Müller & Söhne ${mark}`);
  await expect(slug).toHaveValue(`mueller-and-soehne-${mark}`);
  await expect(verdict).toHaveText(`“mueller-and-soehne-${mark}” is free.`);
  await slug.fill('acme');
  await expect(verdict).toHaveText('“acme” is taken. Choose another.');
  // A slug that was typed stays.
  await page.getByLabel('Name').fill('Another name');
  await expect(slug).toHaveValue('acme');
  await slug.fill('Not A Slug');
  await expect(verdict).toHaveText(/lower-case letters/);
});
