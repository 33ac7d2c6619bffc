/** A Botica of a check's own: its process, its data, and a small hospital in it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';

const BOTICA = process.env['BOTICA'] ?? '../target/debug/botica';
const POSTGRES = process.env['BOTICA_TEST_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const AMQP = process.env['BOTICA_TEST_AMQP_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672/%2f';

export const PASSWORD = 'uma senha de ensaio';
export const PHONE = '+55 11 5555-0100';

export type Role = 'nurse' | 'technician' | 'manager' | 'admin';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function psql(url: string, sql: string) {
  const done = spawnSync('psql', [url, '-qc', sql], { encoding: 'utf8', timeout: 30_000 });
  if (done.status !== 0) throw new Error(`psql: ${done.stderr}`);
}

export class Product {
  #process: ChildProcess | undefined;
  #log = '';
  readonly #dir = mkdtempSync(join(tmpdir(), 'botica-check-'));
  readonly #port: number;
  readonly #env: NodeJS.ProcessEnv;
  readonly #database: string | undefined;
  #token = '';

  private constructor(port: number, isDistributed: boolean) {
    this.#port = port;
    this.#env = {
      PATH: process.env['PATH'],
      BOTICA_PHARMACY_PHONE: PHONE,
      // Checks sign in often.
      BOTICA_LOGIN_FAILURES_PER_ACCOUNT: '0',
    };
    if (!isDistributed) return;
    const name = `botica_check_${randomUUID().replaceAll('-', '')}`;
    this.#database = name;
    psql(POSTGRES, `CREATE DATABASE ${name}`);
    const url = new URL(POSTGRES);
    url.pathname = `/${name}`;
    Object.assign(this.#env, { DATABASE_URL: url.href, AMQP_URL: AMQP, BOTICA_AMQP_QUEUE: name });
  }

  static async start({ isDistributed = false } = {}): Promise<Product> {
    const product = new Product(await freePort(), isDistributed);
    await product.run();
    const password = join(product.#dir, 'password');
    writeFileSync(password, PASSWORD);
    const args = ['admin', 'create', '--email', 'admin@check.example', '--name', 'Administração'];
    const made = spawnSync(BOTICA, [...args, '--password-file', password, '--data-dir', product.#dir], {
      env: product.#env,
      encoding: 'utf8',
      timeout: 30_000,
    });
    if (made.status !== 0) throw new Error(`admin create: ${made.stderr}`);
    product.#token = await product.signIn('admin@check.example');
    return product;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}`;
  }

  /** Starts the process, also again after it was killed; comes back when it is ready. */
  async run() {
    const args = ['serve', '--listen', `127.0.0.1:${String(this.#port)}`, '--data-dir', this.#dir];
    const child = spawn(BOTICA, args, { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => (this.#log += String(text)));
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline) {
      if (child.exitCode !== null) throw new Error(`botica ended: ${this.#log}`);
      const ready = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      if (ready?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`botica is not ready: ${this.#log}`);
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL') {
    const child = this.#process;
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    this.#process = undefined;
  }

  async end() {
    await this.kill('SIGTERM');
    rmSync(this.#dir, { recursive: true, force: true });
    if (this.#database) psql(POSTGRES, `DROP DATABASE ${this.#database} WITH (FORCE)`);
  }

  async signIn(email: string): Promise<string> {
    const answer = await this.ask<{ access_token: string }>(
      'POST',
      '/login',
      { email, password: PASSWORD },
      '',
    );
    return answer.access_token;
  }

  /** Asks as the administrator, or by another token. */
  async ask<T>(method: string, path: string, body?: unknown, token = this.#token): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
