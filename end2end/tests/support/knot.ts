// A real DNS server for custom domains: Knot, which answers for every name and is changed while it runs.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names below it lead to this machine, for the browser. */
export const OURS = 'domains.example';

const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin`;

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/** Starts it in this folder; gives its port and what ends it. */
export async function startKnot(folder: string): Promise<{ port: number; stop: () => Promise<void> }> {
  const port = await freePort();
  mkdirSync(join(folder, 'db'), { recursive: true });
  const lines = [
    'server:', `    rundir: "${folder}"`, `    listen: 127.0.0.1@${port}`, '    udp-workers: 1', '    tcp-workers: 1', '    background-workers: 1',
    'log:', '  - target: stderr', '    any: error',
    'database:', `    storage: "${folder}/db"`,
    'acl:', '  - id: everybody', '    address: 127.0.0.1', '    action: update',
    'zone:', '  - domain: .', `    storage: "${folder}"`, '    file: "root.zone"', '    acl: everybody', '    zonefile-sync: -1', '',
  ];
  writeFileSync(join(folder, 'knot.conf'), lines.join('\n'));
  writeFileSync(join(folder, 'root.zone'), '$TTL 60\n. SOA ns. admin. 1 3600 600 86400 60\n. NS ns.\nns. A 127.0.0.1\n');
  const conf = join(folder, 'knot.conf');
  const server: ChildProcess = spawn('knotd', ['-c', conf], { env: { ...process.env, PATH }, stdio: ['ignore', 'inherit', 'inherit'] });
  const failed = new Promise<never>((_, reject) => server.on('error', () => reject(new Error('knotd is missing: .ci/install test brings it'))));
  const ended = once(server, 'exit');
  const ready = async () => {
    while (spawnSync('knotc', ['-c', conf, 'zone-status', '.'], { env: { ...process.env, PATH } }).status !== 0) {
      if (server.exitCode !== null) throw new Error(`knotd ended with ${server.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await Promise.race([ready(), failed]);
  return {
    port,
    stop: async () => {
      server.kill('SIGTERM');
      await ended;
    },
  };
}

/** Changes records at once: `add name 60 TXT "text"`, `delete name TXT`. */
export function setRecords(...changes: string[]) {
  const port = process.env.TENANTRY_DNS_SERVER?.split(':')[1];
  const script = [`server 127.0.0.1 ${port}`, 'zone .', ...changes.map((change) => `update ${change}`), 'send', ''].join('\n');
  const done = spawnSync('knsupdate', [], { input: script, env: { ...process.env, PATH } });
  if (done.status !== 0) throw new Error(`knsupdate: ${done.stderr}`);
}
