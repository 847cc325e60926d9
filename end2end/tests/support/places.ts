// Every page of the product, in every state that looks different. A new page goes here, and is checked by all of pages.spec.ts.
import { choosePlan, fillAll, fillCompany, newEntry } from './signup';
import { ADMIN, OWNER, PASSWORD, type Page, type Tenant, TWO_TENANTS, demoPassword } from './test';

/** Tenants that the pages below show. */
export interface World {
  /** Its owner has not accepted yet. */
  open: Tenant;
  /** Its owner has; the link is used. */
  used: Tenant;
  /** Has a domain of each kind; its owner signs in with PASSWORD. */
  named: Tenant;
  /** Suspended; its owner signs in with PASSWORD. */
  suspended: Tenant;
  /** Can be restored. */
  deleted: Tenant;
  /** The page of the only agent that `used` has, and may have. */
  agent: string;
  /** The page of a letter to the owners of `named`, before it is sent. */
  bulk: string;
  /** The page of a mail, of one that was kept. */
  mail: string;
  /** The page of an open invite to `used`. */
  invite: string;
  /** The page of a file of people for `used`, with bad lines. */
  people: string;
  /** The page of a member of Acme. */
  member: string;
  /** Signed up by its owner, whose link is used. */
  signedUp: Tenant;
  /** A link to sign up that nobody has used. */
  openLink: string;
}

export interface Place {
  name: string;
  path: (world: World) => string;
  /** Who looks; nobody is signed in without. */
  as?: string | ((world: World) => { email: string; password: string });
  /** 200 without. */
  status?: number;
  /** What is done in this browser before. */
  begin?: (page: Page) => Promise<void>;
  /** A form that is sent with what is there, to see its errors. */
  submit?: {
    fill: Record<string, string>;
    button: string;
    /** A field for a file, which gets one of some words. */
    file?: string;
  };
}

const usedOwner = (world: World) => ({ email: world.used.owner, password: PASSWORD });

const signedUpOwner = (world: World) => ({ email: world.signedUp.owner, password: PASSWORD });

async function untilPerson(page: Page) {
  await fillCompany(page, newEntry());
  await choosePlan(page);
}

/** 2026-10 in November. */
export function monthBefore(): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString().slice(0, 7);
}

const invitePath = (tenant: Tenant) => new URL(tenant.setupUrl).pathname;

export const PLACES: Place[] = [
  { name: 'login', path: () => '/login' },
  { name: 'login, wrong', path: () => '/login', submit: { fill: { Email: 'nobody@example.com', Password: 'wrong' }, button: 'Sign in' } },
  { name: 'login, signed out', path: () => '/login?done=signed-out' },
  { name: 'logout', path: () => '/logout', as: OWNER },
  { name: 'invite, open', path: (world) => invitePath(world.open) },
  { name: 'invite, wrong', path: (world) => invitePath(world.open), submit: { fill: { Name: '<b>', Password: 'short' }, button: 'Join' } },
  { name: 'invite, used', path: (world) => invitePath(world.used), status: 410 },
  { name: 'signup', path: () => '/signup' },
  { name: 'signup, wrong', path: () => '/signup', submit: { fill: { Name: '<b>', Slug: 'Not A Slug' }, button: 'Continue' } },
  { name: 'signup, plan', path: () => '/signup?step=plan', begin: (page) => fillCompany(page, newEntry()) },
  { name: 'signup, you', path: () => '/signup', begin: untilPerson },
  {
    name: 'signup, you wrong',
    path: () => '/signup',
    begin: untilPerson,
    submit: { fill: { 'Your name': 'n'.repeat(200), Email: 'nobody@nodot' }, button: 'Mail me the link' },
  },
  { name: 'signup, mailbox', path: () => '/signup?step=mail&done=sent', begin: (page) => fillAll(page, newEntry()) },
  { name: 'signup, link', path: (world) => world.openLink },
  { name: 'signup, link wrong', path: (world) => world.openLink, submit: { fill: { Password: 'short' }, button: 'Set up' } },
  { name: 'signup, link used', path: (world) => new URL(world.signedUp.setupUrl).pathname, status: 410 },
  { name: 'signup, link of somebody else', path: (world) => world.openLink, as: OWNER, status: 403 },
  { name: 'signup, link unknown', path: () => `/signup/${'x'.repeat(43)}`, status: 404 },
  { name: 'setup', path: (world) => `/t/${world.signedUp.slug}/setup?done=welcome`, as: signedUpOwner },
  {
    name: 'setup, team wrong',
    path: (world) => `/t/${world.signedUp.slug}/setup?step=team`,
    as: signedUpOwner,
    submit: { fill: { Email: 'nobody' }, button: 'Invite' },
  },
  { name: 'setup, look', path: (world) => `/t/${world.signedUp.slug}/setup?step=look`, as: signedUpOwner },
  { name: 'dashboard, to be set up', path: (world) => `/t/${world.signedUp.slug}`, as: signedUpOwner },
  { name: 'reset', path: () => '/reset' },
  { name: 'reset, asked', path: () => '/reset?done=asked' },
  { name: 'tenants, one deleted', path: () => '/tenants?done=deleted', as: TWO_TENANTS },
  { name: 'reset, wrong', path: () => '/reset', submit: { fill: { Email: 'nobody@nodot' }, button: 'Mail me a link' } },
  {
    name: 'account, wrong address',
    path: () => '/account',
    as: OWNER,
    submit: { fill: { 'New email': 'nobody@nodot', 'Password to confirm': 'wrong' }, button: 'Change address' },
  },
  { name: 'account', path: () => '/account', as: OWNER },
  {
    name: 'account, wrong',
    path: () => '/account?needed=acme',
    as: OWNER,
    submit: { fill: { 'Current password': 'not the password', 'New password': 'short' }, button: 'Change password' },
  },
  { name: 'tenants', path: () => '/tenants', as: TWO_TENANTS },
  { name: 'tenants, none', path: () => '/tenants', as: ADMIN },
  { name: 'console', path: () => '/admin', as: ADMIN },
  { name: 'tenant list', path: () => '/admin/tenants', as: ADMIN },
  { name: 'tenant list, filtered', path: () => '/admin/tenants?q=a&status=active&plan=pro&sort=-cost', as: ADMIN },
  { name: 'tenant list, empty', path: () => '/admin/tenants?q=there-is-no-such-tenant', as: ADMIN },
  { name: 'tenant list, wrong', path: () => `/admin/tenants?q=${'x'.repeat(101)}&sort=nonsense`, as: ADMIN },
  { name: 'tenant list, by filters', path: () => '/admin/tenants?q=tokens:>50%25 plan:gold&panel=filters', as: ADMIN },
  { name: 'tenant list, all columns', path: () => '/admin/tenants?cols=plan,state,agents,tokens,storage,cost,limit,owner,created&panel=columns', as: ADMIN },
  { name: 'tenant list, selecting', path: () => '/admin/tenants?panel=select', as: ADMIN },
  { name: 'saved views', path: () => '/admin/views?of=q%3Dplan%3Apro', as: ADMIN },
  { name: 'saved views, wrong', path: () => '/admin/views?of=q%3Dplan%3Apro', as: ADMIN, submit: { fill: { Name: '<b>' }, button: 'Save view' } },
  { name: 'bulk actions', path: () => '/admin/bulk', as: ADMIN },
  { name: 'bulk action, dry run', path: (world) => world.bulk, as: ADMIN },
  {
    name: 'bulk action, wrong',
    path: (world) => `${world.bulk}?change=1`,
    as: ADMIN,
    submit: { fill: { Subject: 's'.repeat(300), Message: 'm'.repeat(4_000) }, button: 'Show what would happen' },
  },
  { name: 'new tenant', path: () => '/admin/tenants/new', as: ADMIN },
  {
    name: 'new tenant, wrong',
    path: () => '/admin/tenants/new',
    as: ADMIN,
    submit: {
      fill: { Name: 'n'.repeat(300), Slug: 'Not A Slug', 'Owner email': 'owner@nodot', 'Trial days': '999', 'Monthly budget': '-5' },
      button: 'Create tenant',
    },
  },
  // The page wants a password that was given a moment ago.
  { name: 'import of a tenant', path: () => '/admin/tenants/import', as: () => ({ email: ADMIN, password: demoPassword() }) },
  {
    name: 'import of a tenant, wrong',
    path: () => '/admin/tenants/import',
    as: () => ({ email: ADMIN, password: demoPassword() }),
    submit: { fill: { Slug: 'Not A Slug' }, button: 'Import', file: 'Archive' },
  },
  { name: 'tenant, active', path: () => '/admin/tenants/acme', as: ADMIN },
  { name: 'tenant, to be suspended', path: () => '/admin/tenants/acme?ask=suspend', as: ADMIN },
  { name: 'tenant, suspended', path: () => '/admin/tenants/delta-inc', as: ADMIN },
  { name: 'tenant, to be resumed', path: () => '/admin/tenants/delta-inc?ask=resume', as: ADMIN },
  { name: 'tenant, trial', path: () => '/admin/tenants/gamma-solutions', as: ADMIN },
  { name: 'tenant, not paid', path: () => '/admin/tenants/acme?ask=unpaid', as: ADMIN },
  { name: 'tenant, to be deleted', path: () => '/admin/tenants/acme?ask=delete', as: ADMIN },
  { name: 'tenant, trial to be extended', path: () => '/admin/tenants/gamma-solutions?ask=extend', as: ADMIN },
  { name: 'tenant, deleted', path: (world) => `/admin/tenants/${world.deleted.slug}`, as: ADMIN },
  { name: 'tenant, to be restored', path: (world) => `/admin/tenants/${world.deleted.slug}?ask=restore`, as: ADMIN },
  { name: 'tenant, users', path: () => '/admin/tenants/acme/users', as: ADMIN },
  { name: 'tenant, users wanted', path: (world) => `/admin/tenants/${world.used.slug}/users?q=there-is-nobody`, as: ADMIN },
  { name: 'tenant, a user', path: (world) => `/admin/tenants/acme/users?member=${world.member.split('/').pop()}`, as: ADMIN },
  {
    name: 'tenant, users wrong',
    path: (world) => `/admin/tenants/${world.used.slug}/users`,
    as: ADMIN,
    submit: { fill: { Email: 'nobody@nodot' }, button: 'Send invite' },
  },
  { name: 'tenant, features', path: () => '/admin/tenants/acme/features', as: ADMIN },
  { name: 'tenant, a feature', path: () => '/admin/tenants/acme/features?feature=sso', as: ADMIN },
  {
    name: 'tenant, a feature wrong',
    path: () => '/admin/tenants/acme/features?feature=sso',
    as: ADMIN,
    submit: { fill: { Reason: ' ', 'Last day': '2020-01-01' }, button: 'Switch' },
  },
  { name: 'tenant, audit', path: () => '/admin/tenants/acme/audit', as: ADMIN },
  { name: 'tenant, audit narrowed', path: () => '/admin/tenants/acme/audit?actor=there-is-nobody', as: ADMIN },
  { name: 'tenant, settings', path: () => '/admin/tenants/acme/settings?done=kept', as: ADMIN },
  {
    name: 'tenant, settings wrong',
    path: (world) => `/admin/tenants/${world.used.slug}/settings`,
    as: ADMIN,
    submit: { fill: { Name: '<b>', Slug: 'Not A Slug', 'Billing e-mail': 'nobody@nodot', Tags: '<b>' }, button: 'Save' },
  },
  { name: 'tenant, created', path: (world) => `/admin/tenants/${world.open.slug}?done=created`, as: ADMIN },
  { name: 'dashboard', path: () => '/t/acme', as: OWNER },
  { name: 'dashboard, new', path: (world) => `/t/${world.used.slug}?done=welcome`, as: (world) => ({ email: world.used.owner, password: PASSWORD }) },
  { name: 'agents', path: () => '/t/acme/agents', as: OWNER },
  { name: 'agents, none', path: () => '/t/acme/agents?after=zzzz', as: OWNER },
  { name: 'agents, at the limit', path: (world) => `/t/${world.used.slug}/agents`, as: usedOwner },
  { name: 'new agent', path: () => '/t/acme/agents/new', as: OWNER },
  {
    name: 'new agent, wrong',
    path: () => '/t/acme/agents/new',
    as: OWNER,
    submit: { fill: { Name: '<b>', Model: 'm'.repeat(100), Department: 'd'.repeat(100), 'Cost centre': '4711' }, button: 'Create agent' },
  },
  { name: 'agent', path: (world) => world.agent, as: usedOwner },
  { name: 'agent, to be deleted', path: (world) => `${world.agent}?ask=delete`, as: usedOwner },
  { name: 'knowledge', path: (world) => `/t/${world.used.slug}/knowledge`, as: usedOwner },
  { name: 'knowledge, none', path: () => '/t/acme/knowledge', as: OWNER },
  { name: 'keys', path: () => '/t/acme/keys', as: OWNER },
  {
    name: 'keys, wrong',
    path: () => '/t/acme/keys',
    as: OWNER,
    submit: { fill: { Name: '<b>' }, button: 'Create key' },
  },
  { name: 'mail', path: () => '/admin/mail', as: ADMIN },
  { name: 'mail, none', path: () => '/admin/mail?state=bounced', as: ADMIN },
  { name: 'a mail', path: (world) => `${world.mail}?done=queued`, as: ADMIN },
  { name: 'jobs', path: () => '/admin/jobs?done=cancelled', as: ADMIN },
  { name: 'jobs, none', path: () => '/admin/jobs?state=failed&kind=end_trial', as: ADMIN },
  { name: 'audit log of everything', path: () => '/admin/audit', as: ADMIN },
  { name: 'audit log of everything, narrowed', path: () => '/admin/audit?tenant=acme&log=tenants&actor=a&action=invite.accepted&from=2020-01-01', as: ADMIN },
  { name: 'audit log of everything, nothing', path: () => '/admin/audit?tenant=there-is-none&target=there-is-no-such-thing&from=nonsense', as: ADMIN },
  { name: 'health', path: () => '/admin/health', as: ADMIN },
  { name: 'alerts', path: () => '/admin/health/alerts?done=assigned', as: ADMIN },
  { name: 'alerts, none', path: () => '/admin/health/alerts?state=over&kind=rule', as: ADMIN },
  { name: 'alert rules, none', path: () => '/admin/health/rules', as: ADMIN },
  {
    name: 'new alert rule, wrong',
    path: () => '/admin/health/rules/new',
    as: ADMIN,
    submit: { fill: { Name: '<b>', Threshold: 'many', 'For minutes': '0', 'Whom to tell': 'nobody' }, button: 'Create rule' },
  },
  { name: 'isolation', path: () => '/admin/isolation', as: ADMIN },
  { name: 'plan', path: () => '/t/acme/plan', as: OWNER },
  { name: 'plan, changed', path: (world) => `/t/${world.used.slug}/plan?done=changed`, as: usedOwner },
  { name: 'plan, smaller', path: () => '/t/acme/plan/starter', as: OWNER },
  { name: 'plan, question', path: () => '/t/acme/plan/enterprise', as: OWNER },
  { name: 'plan, own', path: () => '/t/acme/plan/pro', as: OWNER },
  { name: 'branding', path: () => '/t/acme/branding?done=saved', as: OWNER },
  { name: 'branding, versions', path: (world) => `/t/${world.used.slug}/branding`, as: usedOwner },
  {
    name: 'branding, wrong',
    path: () => '/t/acme/branding',
    as: OWNER,
    submit: { fill: { 'Display name': '<b>', 'Accent colour': '#ffd43b', 'Sign-in text': 't'.repeat(501) }, button: 'Save draft' },
  },
  { name: 'tenant, branding', path: (world) => `/admin/tenants/${world.used.slug}/branding`, as: ADMIN },
  { name: 'billing', path: () => '/t/acme/billing', as: OWNER },
  { name: 'billing, none', path: (world) => `/t/${world.used.slug}/billing`, as: usedOwner },
  { name: 'billing, wrong', path: () => '/t/acme/billing', as: OWNER, submit: { fill: { 'Billing e-mail': 'nobody@nodot' }, button: 'Save' } },
  { name: 'invoice', path: () => '/t/acme/billing/2', as: OWNER },
  { name: 'tenant, billing', path: () => '/admin/tenants/acme/billing', as: ADMIN },
  { name: 'platform keys', path: () => '/admin/keys', as: ADMIN },
  { name: 'staff', path: () => '/admin/staff', as: ADMIN },
  {
    name: 'staff, wrong',
    path: () => '/admin/staff',
    as: ADMIN,
    submit: { fill: { Email: 'nobody@nodot' }, button: 'Appoint' },
  },
  { name: 'confirm', path: () => '/admin/confirm?next=/admin/staff', as: ADMIN },
  { name: 'support access', path: (world) => `/admin/tenants/${world.used.slug}/support`, as: ADMIN },
  { name: 'go', path: () => '/admin/go', as: ADMIN },
  { name: 'go, a command', path: (world) => `/admin/go?q=suspend+${world.used.slug}`, as: ADMIN },
  { name: 'go, which tenant', path: () => '/admin/go?q=open+a+tenant', as: ADMIN },
  { name: 'go, not understood', path: () => '/admin/go?q=supsend+acme', as: ADMIN },
  { name: 'go, help', path: () => '/admin/go/help', as: ADMIN },
  { name: 'plans', path: () => '/admin/plans', as: ADMIN },
  { name: 'new plan', path: () => '/admin/plans/new', as: ADMIN },
  {
    name: 'new plan, wrong',
    path: () => '/admin/plans/new',
    as: ADMIN,
    submit: { fill: { Name: 'n'.repeat(300), Key: 'Not A Key', 'Price a month': '-1', Position: '0' }, button: 'Create plan' },
  },
  { name: 'versions of a plan', path: () => '/admin/plans/pro?done=published', as: ADMIN },
  { name: 'archive a plan', path: () => '/admin/plans/pro?ask=archive', as: ADMIN },
  { name: 'draft, tokens', path: () => '/admin/plans/pro/draft/tokens', as: ADMIN },
  { name: 'draft, sessions', path: () => '/admin/plans/pro/draft/sessions', as: ADMIN },
  {
    name: 'draft, wrong',
    path: () => '/admin/plans/starter/draft/storage',
    as: ADMIN,
    submit: { fill: { Quota: 'a lot', 'Overage price in US dollars': '-1', 'For each': '0' }, button: 'Save to the draft' },
  },
  { name: 'move, nobody', path: () => '/admin/plans/pro/move?to=1', as: ADMIN },
  { name: 'move, no such tenant', path: () => '/admin/plans/pro/move?tenant=nobody&to=1', as: ADMIN },
  { name: 'features', path: () => '/admin/features?done=created', as: ADMIN },
  { name: 'feature', path: () => '/admin/features/sso', as: ADMIN },
  {
    name: 'new feature, wrong',
    path: () => '/admin/features/new',
    as: ADMIN,
    submit: { fill: { Label: 'l'.repeat(300), Key: 'Not A Key' }, button: 'Create feature' },
  },
  { name: 'templates', path: () => '/admin/templates?done=created', as: ADMIN },
  { name: 'template', path: () => '/admin/templates/customer-support', as: ADMIN },
  { name: 'template of a tenant', path: () => '/admin/templates/new?of=acme', as: ADMIN },
  {
    name: 'new template, wrong',
    path: () => '/admin/templates/new',
    as: ADMIN,
    submit: { fill: { Key: 'Not A Key', Name: 'Kit', Agents: 'nobody', 'Accent colour': 'blue' }, button: 'Create template' },
  },
  { name: 'clone a tenant', path: () => '/admin/tenants/acme/clone', as: ADMIN },
  { name: 'meters', path: () => '/admin/meters?done=created', as: ADMIN },
  { name: 'meter', path: () => '/admin/meters/tokens', as: ADMIN },
  { name: 'new meter', path: () => '/admin/meters/new', as: ADMIN },
  {
    name: 'new meter, wrong',
    path: () => '/admin/meters/new',
    as: ADMIN,
    submit: { fill: { Label: 'l'.repeat(300), Key: 'Not A Key' }, button: 'Create meter' },
  },
  { name: 'prices', path: () => '/admin/prices', as: ADMIN },
  { name: 'prices, past', path: () => '/admin/prices?past=all', as: ADMIN },
  { name: 'new price', path: () => '/admin/prices/new', as: ADMIN },
  {
    name: 'new price, wrong',
    path: () => '/admin/prices/new',
    as: ADMIN,
    submit: {
      fill: { Model: 'm'.repeat(300), 'Price in US dollars': '1.23456789', 'For each': '0', From: '2020-01-01' },
      button: 'Set price',
    },
  },
  { name: 'tenant, quotas', path: () => '/admin/tenants/acme/quotas', as: ADMIN },
  { name: 'tenant, quota', path: (world) => `/admin/tenants/${world.used.slug}/quotas/agents`, as: ADMIN },
  { name: 'tenant, quota to be given back', path: (world) => `/admin/tenants/${world.used.slug}/quotas/agents?ask=remove`, as: ADMIN },
  {
    name: 'tenant, quota wrong',
    path: () => '/admin/tenants/acme/quotas/storage',
    as: ADMIN,
    submit: { fill: { 'Amount to grant': 'some', 'Last day of the grant': '2020-01-01', 'Reason for the grant': 'r'.repeat(301) }, button: 'Add grant' },
  },
  { name: 'api docs', path: () => '/api/docs' },
  { name: 'audit log', path: () => '/t/acme/audit', as: OWNER },
  { name: 'audit log, narrowed', path: () => '/t/acme/audit?actor=a&action=invite.accepted&from=2020-01-01', as: OWNER },
  { name: 'audit log, nothing', path: () => '/t/acme/audit?target=there-is-no-such-thing&from=nonsense', as: OWNER },
  { name: 'domains, nothing', path: (world) => `/t/${world.used.slug}/domains`, as: usedOwner },
  {
    name: 'domains, wrong',
    path: (world) => `/t/${world.used.slug}/domains`,
    as: usedOwner,
    submit: { fill: { Domain: `${'d'.repeat(300)}.example` }, button: 'Add domain' },
  },
  { name: 'domains', path: (world) => `/t/${world.named.slug}/domains`, as: (world) => ({ email: world.named.owner, password: PASSWORD }) },
  { name: 'domains, to be removed', path: (world) => `/t/${world.named.slug}/domains?remove=waits-${world.named.slug}.domains.example`, as: (world) => ({ email: world.named.owner, password: PASSWORD }) },
  { name: 'tenant, domains', path: (world) => `/admin/tenants/${world.named.slug}/domains`, as: ADMIN },
  { name: 'export', path: () => '/t/acme/export', as: OWNER },
  { name: 'export, wrong', path: () => '/t/acme/export', as: OWNER, submit: { fill: { 'Your password': 'x' }, button: 'Make an archive' } },
  { name: 'purged', path: () => '/admin/purged?done=asked', as: ADMIN },
  { name: 'tenant, export', path: () => '/admin/tenants/acme/export', as: ADMIN },
  { name: 'tenant, purge', path: () => '/admin/tenants/acme/purge', as: ADMIN },
  { name: 'settings', path: () => '/t/acme/settings?done=changed', as: OWNER },
  {
    name: 'settings, wrong models',
    path: () => '/t/acme/settings',
    as: OWNER,
    submit: { fill: { 'Allowed models': 'small', 'Default model': 'large' }, button: 'Save models' },
  },
  { name: 'settings, not deleted', path: () => '/t/acme/settings', as: OWNER, submit: { fill: { 'Slug of this tenant': 'x', 'Your password': 'x' }, button: 'Delete tenant' } },
  {
    name: 'settings, wrong slug',
    path: () => '/t/acme/settings',
    as: OWNER,
    submit: { fill: { 'New slug': 'Not A Slug', 'Present slug': 'x' }, button: 'Change slug' },
  },
  {
    name: 'settings, wrong',
    path: () => '/t/acme/settings',
    as: OWNER,
    submit: { fill: { Name: '<b>' }, button: 'Save settings' },
  },
  { name: 'roles', path: () => '/t/acme/roles', as: 'viewer@acme.example' },
  { name: 'team', path: () => '/t/acme/team', as: OWNER },
  { name: 'team, of a viewer', path: () => '/t/acme/team', as: 'viewer@acme.example' },
  { name: 'team, filtered', path: () => '/t/acme/team?q=adam&role=admin', as: OWNER },
  { name: 'team, nobody', path: () => '/t/acme/team?q=there-is-nobody', as: OWNER },
  { name: 'team, wrong', path: () => '/t/acme/team', as: OWNER, submit: { fill: { Email: 'member@acme.example nobody' }, button: 'Invite' } },
  { name: 'member', path: (world) => world.member, as: OWNER },
  { name: 'member, to be removed', path: (world) => `${world.member}?ask=end`, as: OWNER },
  { name: 'member, to be the owner', path: (world) => `${world.member}?ask=transfer`, as: OWNER },
  { name: 'invite of the team', path: (world) => world.invite, as: usedOwner },
  { name: 'invite of the team, to be revoked', path: (world) => `${world.invite}?ask=revoke`, as: usedOwner },
  { name: 'import', path: () => '/t/acme/team/import', as: OWNER },
  { name: 'import, seen', path: (world) => world.people, as: usedOwner },
  { name: 'usage', path: () => '/t/acme/usage', as: OWNER },
  { name: 'usage, new', path: (world) => `/t/${world.used.slug}/usage`, as: (world) => ({ email: world.used.owner, password: PASSWORD }) },
  { name: 'usage, month before', path: () => `/t/acme/usage?month=${monthBefore()}`, as: OWNER },
  { name: 'tenant, usage', path: () => '/admin/tenants/acme/usage', as: ADMIN },
  { name: 'platform usage', path: () => '/admin/usage', as: ADMIN },
  {
    name: 'suspended',
    path: (world) => `/t/${world.suspended.slug}`,
    as: (world) => ({ email: world.suspended.owner, password: PASSWORD }),
    status: 403,
  },
  { name: 'not found', path: () => '/no/such/page', as: OWNER, status: 404 },
];
