// Mail as the console keeps it where no mail server is configured.
import { type Page, expect } from './test';

/** Opens the newest mail to this address, as soon as it is kept. */
export async function openMail(admin: Page, recipient: string, subject: string) {
  const row = admin.getByRole('row').filter({ hasText: recipient }).filter({ hasText: subject }).filter({ hasText: 'Kept' });
  await expect(async () => {
    await admin.goto('/admin/mail');
    await expect(row).toHaveCount(1, { timeout: 500 });
  }).toPass({ timeout: 30_000 });
  await row.getByRole('link', { name: subject }).click();
  await expect(admin.getByRole('heading', { level: 1 })).toHaveText(subject);
}

/** The one-time link of the mail that is open. */
export async function linkOf(admin: Page): Promise<string> {
  const link = admin.getByRole('definition').getByRole('link', { name: /^http/ });
  return (await link.getAttribute('href')) ?? '';
}
