/** A small hospital with people of every role, and how they sign in. */
import {
  test as base,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from '@playwright/test';
import { PASSWORD, Product, type Role } from './product';

type Priority = 'routine' | 'urgent' | 'stat';

interface Made {
  id: string;
  code: string;
  name: string;
}

export class Hospital {
  readonly dispensers: Made[] = [];
  readonly medications: { id: string; name: string }[] = [];
  /** Ids of orders in all kinds of standing, see `fill`. */
  readonly orders: string[] = [];

  private constructor(readonly product: Product) {}

  static async open(options: { isDistributed?: boolean } = {}): Promise<Hospital> {
    const product = await Product.start(options);
    const hospital = new Hospital(product);
    for (const [role, name] of [
      ['nurse', 'Enfermeira Um'],
      ['nurse', 'Enfermeira Dois'],
      ['technician', 'Técnica Um'],
      ['technician', 'Técnica Dois'],
      ['manager', 'Gestora'],
    ] as const) {
      const email = `${name
        .normalize('NFD')
        .replace(/\P{ASCII}/gu, '')
        .replace(' ', '.')
        .toLowerCase()}@check.example`;
      await product.ask('POST', '/users', { name, email, password: PASSWORD, role });
    }
    for (const name of [
      'Dipirona 500 mg/mL solução injetável 2 mL',
      'Glicose 5% solução injetável 500 mL',
      'Cefazolina sódica 1 g pó para solução injetável',
      'Ondansetrona 2 mg/mL solução injetável 4 mL',
      'Heparina sódica 5.000 UI/mL solução injetável 5 mL',
      'Omeprazol 40 mg pó para solução injetável',
    ]) {
      hospital.medications.push(await product.ask('POST', '/medications', { name }));
    }
    for (const [name, ward] of [
      ['UTI Adulto leste', 'UTI Adulto'],
      ['Pronto-Socorro', 'Pronto-Socorro'],
      ['Clínica Médica', 'Clínica Médica'],
    ] as const) {
      const dispenser = await product.ask<Made>('POST', '/dispensers', { name, ward });
      hospital.dispensers.push(dispenser);
      const holdings = hospital.medications.map(({ id }) => ({
        medication_id: id,
        par_min: 10,
        par_max: 30,
      }));
      await product.ask('PUT', `/dispensers/${dispenser.id}/medications`, holdings);
    }
    return hospital;
  }

  /** A phone or a desk of its own, with somebody signed in on it. */
  async signedIn(browser: Browser, email: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ baseURL: this.product.url, ...options });
    return this.signIn(context, email);
  }

  async signIn(context: BrowserContext, email: string): Promise<Page> {
    context.setDefaultTimeout(30_000);
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto('/');
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Senha', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Entrar' }).click();
    await page.getByRole('navigation').waitFor();
    return page;
  }

  /** Places an order as somebody else's phone would, and waits until the queue has it. */
  async place(order: {
    priority?: Priority;
    dispenser?: number;
    medications?: number[];
    note?: string;
    by?: string;
  }): Promise<string> {
    const token = await this.tokenOf(order.by ?? people.nurse);
    const { id } = await this.product.ask<{ id: string }>(
      'POST',
      '/orders',
      {
        dispenser_id: this.dispensers[order.dispenser ?? 0]?.id,
        priority: order.priority ?? 'routine',
        note: order.note ?? null,
        lines: (order.medications ?? [0]).map((at) => ({
          medication_id: this.medications[at]?.id,
          quantity: 10,
        })),
      },
      token,
    );
    for (let tries = 0; tries < 200; tries += 1) {
      const isThere = await this.product.ask('GET', `/orders/${id}`).then(
        () => true,
        () => false,
      );
      if (isThere) return id;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`order ${id} is not stored`);
  }

  /** What somebody does to an order. */
  async step(id: string, step: string, by: string, body?: unknown) {
    await this.product.ask('POST', `/orders/${id}/${step}`, body, await this.tokenOf(by));
  }

  /** Orders in every standing, so that no screen is empty; once a hospital. */
  async fill() {
    if (this.orders.length > 0) return;
    const { nurse, otherNurse, technician, otherTechnician } = people;
    const first = await this.place({ medications: [0, 2], note: 'Sala 3, leito 12' });
    await this.step(first, 'accept', technician);
    await this.step(first, 'dispatch', technician);
    await this.step(first, 'deliver', technician);
    const mine = await this.place({
      priority: 'urgent',
      dispenser: 1,
      medications: [1, 3, 4],
      by: otherNurse,
    });
    await this.step(mine, 'accept', technician);
    const theirs = await this.place({ dispenser: 2, medications: [5] });
    await this.step(theirs, 'accept', otherTechnician);
    const rejected = await this.place({ dispenser: 2, medications: [4] });
    await this.step(rejected, 'reject', technician, { reason: 'out_of_stock' });
    const cancelled = await this.place({ dispenser: 0, medications: [3] });
    await this.step(cancelled, 'cancel', nurse, { reason: 'no_longer_needed' });
    this.orders.push(first, mine, theirs, rejected, cancelled);
    this.orders.push(await this.place({ priority: 'stat', dispenser: 1, medications: [0, 4] }));
    this.orders.push(
      await this.place({ priority: 'urgent', dispenser: 0, medications: [2], by: otherNurse }),
    );
    this.orders.push(await this.place({ dispenser: 2, medications: [1, 5] }));
  }

  readonly #tokens = new Map<string, string>();

  /** Signs in once for all that is asked in this person's name. */
  async tokenOf(email: string): Promise<string> {
    const token = this.#tokens.get(email) ?? (await this.product.signIn(email));
    this.#tokens.set(email, token);
    return token;
  }

  async ordersOf(): Promise<{ id: string; status: string; lines: { quantity: number }[] }[]> {
    const { items } = await this.product.ask<{
      items: { id: string; status: string; lines: { quantity: number }[] }[];
    }>('GET', '/orders?limit=200');
    return items;
  }
}

export const people: Record<
  'nurse' | 'otherNurse' | 'technician' | 'otherTechnician' | 'manager' | 'admin',
  string
> = {
  nurse: 'enfermeira.um@check.example',
  otherNurse: 'enfermeira.dois@check.example',
  technician: 'tecnica.um@check.example',
  otherTechnician: 'tecnica.dois@check.example',
  manager: 'gestora@check.example',
  admin: 'admin@check.example',
};

export const roles: Record<Role, string> = {
  nurse: people.nurse,
  technician: people.technician,
  manager: people.manager,
  admin: people.admin,
};

/** One hospital for the checks of a file, embedded or of PostgreSQL and RabbitMQ. */
export const embedded = base.extend<object, { hospital: Hospital }>({
  hospital: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads from it that nothing else is wanted.
    async ({}, use) => {
      const hospital = await Hospital.open();
      await use(hospital);
      await hospital.product.end();
    },
    { scope: 'worker' },
  ],
});

export const distributed = base.extend<object, { hospital: Hospital }>({
  hospital: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads from it that nothing else is wanted.
    async ({}, use) => {
      const hospital = await Hospital.open({ isDistributed: true });
      await use(hospital);
      await hospital.product.end();
    },
    { scope: 'worker' },
  ],
});

/** Of times in milliseconds, the one that 95 of 100 are within. */
export function p95(times: number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.POSITIVE_INFINITY;
}

/** Prints a check's figures. */
export function figures(check: string, said: string) {
  console.log(`    ${check}: ${said}`);
}

export { expect } from '@playwright/test';
