// Starts the server with its own PostgreSQL and demo data in a fresh folder; stops it at the end and leaves nothing behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startKnot } from './knot';

const READY_WITHIN = 120_000;
const STOPPED_WITHIN = 30_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function within<T>(milliseconds: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${milliseconds / 1000} s`)), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Resolves when the server says that it is ready; fails with all it said when it ends before. */
function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (text: Buffer) => {
      said += text.toString();
      if (said.includes('Stop with Ctrl-C.')) resolve();
    };
    server.stdout?.on('data', hear);
    server.stderr?.on('data', hear);
    server.on('error', reject);
    server.on('exit', (code) => reject(new Error(`the server ended with ${code}:\n${said}`)));
  });
}

export default async function start(): Promise<() => Promise<void>> {
  const root = resolve(import.meta.dirname, '../../..');
  const binary = process.env.TENANTRY_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/tenantry');
  if (!existsSync(binary)) throw new Error(`${binary} is missing: make e2e builds it`);
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-e2e-'));
  // PostgreSQL does not run as root: its own user has to get through to its folder.
  chmodSync(folder, 0o711);
  const data = join(folder, 'data');
  const knot = await startKnot(join(folder, 'knot'));
  const settings = {
    TENANTRY_DATA_DIR: data,
    TENANTRY_BASE_URL: `http://localhost:${port}`,
    LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
    TENANTRY_DEMO_PASSWORD: 'quiet harbour lantern 41',
    TENANTRY_SIGN_INS_PER_MINUTE: '100000',
    TENANTRY_DNS_SERVER: `127.0.0.1:${knot.port}`,
    TENANTRY_LOG: 'warn',
  };
  // Workers inherit them: they run the command line against the same folder.
  Object.assign(process.env, settings, { TENANTRY_BIN: binary, E2E_ROOT: root });
  for (const name of ['DATABASE_URL', 'TENANTRY_PLATFORM_DATABASE_URL', 'TENANTRY_OWNER_DATABASE_URL', 'TENANTRY_SECRET_KEY', 'TENANTRY_SUPPORT_EMAIL', 'TENANTRY_SMTP_URL', 'TENANTRY_MAIL_FROM', 'TENANTRY_PUBLIC_ADDRESSES', 'TENANTRY_CERTIFICATE_AUTHORITY']) {
    delete process.env[name];
  }
  const server = spawn(binary, ['serve', '--demo'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(server, 'exit');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    await within(READY_WITHIN, 'starting the server', ready(server));
  } catch (error) {
    server.kill('SIGTERM');
    await ended;
    await knot.stop();
    remove();
    throw error;
  }
  server.stderr?.on('data', (text: Buffer) => process.stderr.write(text));
  const postgres = Number(readFileSync(join(data, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);

  return async () => {
    server.kill('SIGTERM');
    const [code] = await within(STOPPED_WITHIN, 'stopping the server', ended);
    const orphan = isAlive(postgres);
    await knot.stop();
    remove();
    if (code !== 0) throw new Error(`the server ended with ${code}`);
    if (orphan) throw new Error(`PostgreSQL ${postgres} outlived its server`);
  };
}
