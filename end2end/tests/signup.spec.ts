// From "I found this on the web" to a tenant that is set up, without asking anyone.
import { openMail } from './support/mail';
import { choosePlan, fillAll, fillCompany, fillPerson, mailedLink, newEntry, setUp } from './support/signup';
import { ADMIN, PASSWORD, acceptInvite, awake, expect, makeTenant, submitSignIn, test } from './support/test';

test('somebody new signs up, proves the address on another device, and sets the tenant up', async ({ browserOf, page }) => {
  const entry = newEntry();
  await page.goto('/login');
  await page.getByRole('link', { name: 'Sign up' }).click();
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'Sign up' }).click();
  await fillAll(page, entry);
  await expect(page.getByText(entry.email)).toBeVisible();
  await page.getByRole('button', { name: 'Send again' }).click();
  await expect(page.getByRole('alert')).toContainText('A mail went out a moment ago.');

  const admin = await browserOf(ADMIN);
  const link = await mailedLink(admin, entry);
  const phone = await browserOf();
  await phone.goto(link);
  await expect(phone.getByText('Plan Pro: 14 days free, then $49 a month.')).toBeVisible();
  await phone.getByLabel('Password').fill('too short');
  await phone.getByRole('button', { name: `Set up ${entry.company}` }).click();
  await expect(phone.getByLabel('Password')).toHaveAccessibleDescription(/Use at least 15 characters/);
  await setUp(phone, link, entry);
  await expect(phone).toHaveURL(`/t/${entry.slug}/setup?done=welcome`);

  // The wizard: one step done, one skipped, one left.
  await phone.getByLabel('Name').fill('');
  await phone.getByLabel('Name').fill('<b>');
  await phone.getByLabel('Model').fill('large-2026');
  await phone.getByRole('button', { name: 'Create agent' }).click();
  await expect(phone.getByLabel('Name')).toHaveAccessibleDescription(/no markup/);
  await expect(phone.getByLabel('Model')).toHaveValue('large-2026');
  await phone.getByLabel('Name').fill('Support helper');
  await phone.getByRole('button', { name: 'Create agent' }).click();
  await expect(phone.getByRole('heading', { level: 2 })).toHaveText('Invite your team');
  await phone.getByRole('button', { name: 'Skip this step' }).click();
  await expect(phone.getByRole('heading', { level: 2 })).toHaveText('Logo and colour');
  await phone.getByRole('link', { name: 'To the dashboard' }).click();
  const card = phone.getByRole('region', { name: 'Finish setting up' });
  await expect(card).toContainText('1 step is left.');
  await card.getByRole('link', { name: 'Go on' }).click();
  await phone.getByRole('link', { name: 'Your team' }).click();
  await phone.getByLabel('Email').fill(`kim@${entry.slug}.example`);
  await phone.getByRole('button', { name: 'Invite' }).click();
  await expect(phone.getByRole('navigation', { name: 'Steps' }).getByRole('listitem').filter({ hasText: 'done' })).toHaveCount(2);
  await phone.goto(`/t/${entry.slug}`);
  await card.getByRole('button', { name: 'Do not remind me' }).click();
  await expect(phone.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  await expect(card).toHaveCount(0);
  await expect(phone.getByText('trial, 14 days left')).toBeVisible();

  // Where it began, and in the console.
  await page.goto('/signup');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`${entry.company} is set up`);
  await page.getByRole('button', { name: 'Sign up another company' }).click();
  await expect(page.getByLabel('Slug')).toHaveValue('');
  await openMail(admin, entry.email, `Welcome to ${entry.company}`);
  await admin.goto(`/admin/tenants/${entry.slug}`);
  await expect(admin.getByText('signed up').first()).toBeVisible();
  const answer = await page.goto(link);
  expect(answer?.status()).toBe(410);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('This link was used already');
});

test('every step can be left, taken up in another tab, and gone back from; nothing typed is lost', async ({ context, page }) => {
  const entry = newEntry();
  await page.goto('/signup');
  await page.getByLabel('Name').fill('n'.repeat(200));
  await page.getByLabel('Slug').fill('Not A Slug');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByLabel('Name')).toHaveAccessibleDescription(/at most 120 characters/);
  await expect(page.getByLabel('Slug')).toHaveAccessibleDescription(/lower-case letters, digits and hyphens only/);
  await expect(page.getByLabel('Slug')).toHaveValue('Not A Slug');
  await page.getByLabel('Slug').fill('acme');
  await page.getByLabel('Name').fill(entry.company);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByLabel('Slug')).toHaveAccessibleDescription(/“acme” is taken/);
  await page.getByLabel('Slug').fill(entry.slug);
  await page.getByRole('button', { name: 'Continue' }).click();

  const tab = await context.newPage();
  await tab.goto('/signup');
  await expect(tab.getByRole('heading', { level: 1 })).toHaveText('Choose a plan');
  await expect(tab.getByRole('link', { name: 'Talk to us about Enterprise' })).toHaveAttribute('href', /^mailto:/);
  await choosePlan(tab, 'Starter');
  await tab.getByLabel('Your name').fill('Nova');
  await tab.getByLabel('Email').fill('not an address');
  await tab.getByRole('button', { name: 'Back' }).click();
  await expect(tab.getByRole('button', { name: 'Keep Starter' })).toBeVisible();
  await tab.getByRole('link', { name: 'Back' }).click();
  await expect(tab.getByLabel('Slug')).toHaveValue(entry.slug);

  await page.goto('/signup');
  await expect(page.getByLabel('Your name')).toHaveValue('Nova');
  await expect(page.getByLabel('Email')).toHaveValue('not an address');
  await fillPerson(page, entry);
  await page.getByRole('link', { name: 'Other address' }).click();
  await expect(page.getByLabel('Email')).toHaveValue(entry.email);
});

test('an account signs up for a second tenant: signed in, with one button', async ({ browserOf, page }) => {
  const [first, entry] = [await makeTenant(), newEntry()];
  await acceptInvite(page, first, entry.person);
  await fillCompany(page, entry);
  await choosePlan(page, 'Free');
  await expect(page.getByLabel('Email')).toHaveValue(first.owner);
  await fillPerson(page, { ...entry, email: first.owner });
  const admin = await browserOf(ADMIN);
  const link = await mailedLink(admin, { ...entry, email: first.owner });
  // Somebody else, and nobody.
  const answer = await admin.goto(link);
  expect(answer?.status()).toBe(403);
  await expect(admin.getByRole('button', { name: 'Sign out' })).toBeVisible();
  const fresh = await browserOf();
  await fresh.goto(link);
  await fresh.getByRole('link', { name: 'Sign in' }).first().click();
  await submitSignIn(fresh, first.owner, PASSWORD);
  await expect(fresh.getByText(`You are signed in as ${first.owner}`)).toBeVisible();
  await fresh.getByRole('button', { name: `Set up ${entry.company}` }).click();
  await expect(fresh).toHaveURL(`/t/${entry.slug}/setup?done=welcome`);
  await fresh.goto('/tenants');
  await expect(fresh.getByRole('link', { name: first.name })).toBeVisible();
  await expect(fresh.getByRole('link', { name: entry.company })).toBeVisible();
});

test('a slug that was taken meanwhile is asked for anew, beside its field', async ({ browserOf, page }) => {
  const [one, two] = [newEntry(), newEntry()];
  two.slug = one.slug;
  await fillAll(page, one);
  const other = await browserOf();
  await fillAll(other, two);
  const admin = await browserOf(ADMIN);
  const [first, second] = [await mailedLink(admin, one), await mailedLink(admin, two)];
  await setUp(page, first, one);
  await other.goto(second);
  await expect(other.getByLabel('Slug')).toHaveAccessibleDescription(/Somebody took/);
  await other.getByLabel('Slug').fill(`${two.slug}-2`);
  await other.getByLabel('Password').fill('short');
  await other.getByRole('button', { name: `Set up ${two.company}` }).click();
  await expect(other.getByLabel('Slug')).toHaveValue(`${two.slug}-2`);
  await other.getByLabel('Password').fill(PASSWORD);
  await other.getByRole('button', { name: `Set up ${two.company}` }).click();
  await expect(other).toHaveURL(`/t/${two.slug}-2/setup?done=welcome`);
});

test('a slug is proposed and looked up while the name is typed @scripts', async ({ page }) => {
  await page.goto('/signup');
  await awake(page);
  await page.getByLabel('Name').fill('Acme');
  await expect(page.getByLabel('Slug')).toHaveValue('acme');
  await expect(page.getByRole('status')).toHaveText('“acme” is taken. Choose another.');
  await page.getByLabel('Name').fill('Müller & Söhne');
  await expect(page.getByLabel('Slug')).toHaveValue('mueller-and-soehne');
  await expect(page.getByRole('status')).toHaveText('“mueller-and-soehne” is free.');
});
