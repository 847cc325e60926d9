// Signing up, step by step.
import { linkOf, openMail } from './mail';
import { PASSWORD, type Page, expect, unique } from './test';

export interface Entry {
  company: string;
  slug: string;
  person: string;
  email: string;
}

/** What nobody else fills in. */
export function newEntry(): Entry {
  const mark = unique();
  return { company: `Rowan ${mark}`, slug: `rowan-${mark}`, person: 'Nova New', email: `nova@${mark}.example` };
}

export async function fillCompany(page: Page, entry: Entry) {
  await page.goto('/signup?step=company');
  await page.getByLabel('Name').fill(entry.company);
  await page.getByLabel('Slug').fill(entry.slug);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Choose a plan');
}

export async function choosePlan(page: Page, plan = 'Pro') {
  await page.getByRole('button', { name: `Choose ${plan}` }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('About you');
}

export async function fillPerson(page: Page, entry: Entry) {
  await page.getByLabel('Your name').fill(entry.person);
  await page.getByLabel('Email').fill(entry.email);
  await page.getByRole('button', { name: 'Mail me the link' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Look into your mailbox');
}

export async function fillAll(page: Page, entry: Entry) {
  await fillCompany(page, entry);
  await choosePlan(page);
  await fillPerson(page, entry);
}

/** The link that was mailed. */
export async function mailedLink(admin: Page, entry: Entry): Promise<string> {
  await openMail(admin, entry.email, `Confirm your address to set up ${entry.company}`);
  return linkOf(admin);
}

/** Opens the link as somebody new; ends in the setup wizard. */
export async function setUp(page: Page, link: string, entry: Entry) {
  await page.goto(link);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: `Set up ${entry.company}` }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Set up');
}
