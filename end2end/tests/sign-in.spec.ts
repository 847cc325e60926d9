import { ADMIN, OWNER, demoPassword, expect, submitSignIn, test } from './support/test';

test('a wrong password keeps the e-mail and says so beside the field; the right one leads on', async ({ page }) => {
  await page.goto('/t/acme');
  await expect(page).toHaveURL('/login?next=%2Ft%2Facme');

  await submitSignIn(page, OWNER, 'not the password');
  const password = page.getByLabel('Password');
  await expect(password).toHaveAccessibleDescription('Email and password do not match. Check both and try again.');
  await expect(password).toHaveAttribute('aria-invalid', 'true');
  await expect(password).toHaveValue('');
  await expect(page.getByLabel('Email')).toHaveValue(OWNER);

  await submitSignIn(page, OWNER, demoPassword());
  await expect(page).toHaveURL('/t/acme');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
});

test('an unknown e-mail is answered like a wrong password', async ({ page }) => {
  await page.goto('/login');
  await submitSignIn(page, 'nobody@nowhere.example', demoPassword());
  await expect(page.getByLabel('Password')).toHaveAccessibleDescription('Email and password do not match. Check both and try again.');
});

test('next leads to no other site', async ({ page }) => {
  await page.goto('/login?next=//evil.example/');
  await submitSignIn(page, ADMIN, demoPassword());
  await expect(page).toHaveURL('/admin');
});

test('signing out ends the session', async ({ page }) => {
  await page.goto('/login');
  await submitSignIn(page, ADMIN, demoPassword());
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('status')).toHaveText('You are signed out.');
  await page.goto('/admin');
  await expect(page).toHaveURL('/login?next=%2Fadmin');
});

test('the sign-out page asks first', async ({ page }) => {
  await page.goto('/login?next=/logout');
  await submitSignIn(page, OWNER, demoPassword());
  await expect(page.getByText(`You are signed in as ${OWNER}.`)).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL('/login?done=signed-out');
});

test('a signed-in person has no sign-in page', async ({ browserOf }) => {
  const page = await browserOf(ADMIN);
  await page.goto('/login');
  await expect(page).toHaveURL('/admin');
});
