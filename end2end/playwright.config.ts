import { defineConfig } from '@playwright/test';

// Pictures for the README are made on request only: a plain run leaves the working tree as it was. Workers inherit the word.
if (process.argv.some((word) => word.includes('@screenshot'))) process.env.SCREENSHOTS = '1';

const chromium = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  // Names of tenants' own lead to this machine, see support/knot.ts.
  args: ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-gpu', '--host-resolver-rules=MAP *.domains.example 127.0.0.1'],
  // As root Chromium starts without its sandbox only.
  chromiumSandbox: process.getuid?.() !== 0,
};
const scripts = { javaScriptEnabled: true };
const plain = { javaScriptEnabled: false };
const asked = process.env.SCREENSHOTS ? undefined : /@screenshot/;

export default defineConfig({
  testDir: 'tests',
  globalSetup: './tests/support/server.ts',
  outputDir: 'test-results',
  reporter: [['list'], ['json', { outputFile: 'test-results/summary.json' }]],
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: { browserName: 'chromium', launchOptions: chromium, viewport: { width: 1280, height: 900 }, locale: 'en-US', timezoneId: 'UTC' },
  projects: [
    // What the demo shows as long as nobody has changed anything.
    { name: 'first, scripts', testDir: 'tests/first', use: scripts, grepInvert: asked },
    { name: 'first, plain', testDir: 'tests/first', use: plain, grepInvert: /@scripts|@screenshot/ },
    // Every flow with scripts and without; what only scripts can do is marked @scripts.
    { name: 'scripts', testIgnore: '**/first/**', use: scripts, dependencies: ['first, scripts', 'first, plain'] },
    { name: 'plain', testIgnore: '**/first/**', use: plain, grepInvert: /@scripts/, dependencies: ['first, scripts', 'first, plain'] },
  ],
});
