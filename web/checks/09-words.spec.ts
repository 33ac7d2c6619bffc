import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { pt } from '../src/language/pt';
import { embedded as test, expect, figures, people, roles, type Hospital } from './hospital';
import type { Role } from './product';
import { screens, show } from './screens';
import { foreignTo, saidOn, wrongWith, type Tongue } from './words';
import { entriesOf } from './zip';

const DESK = { viewport: { width: 1280, height: 900 }, isMobile: false, hasTouch: false };

/** What the hospital's own things are called: data is in the language of who wrote it. */
async function namesIn(hospital: Hospital): Promise<string[]> {
  const { items: reasons } = await hospital.product.ask<{ items: { label: string }[] }>('GET', '/reasons');
  const { items: users } = await hospital.product.ask<{ items: { name: string }[] }>('GET', '/users');
  return [
    ...reasons.map(({ label }) => label),
    ...users.map(({ name }) => name),
    ...hospital.medications.map(({ name }) => name),
    // Who made the first administrator, in the audit: a command.
    'botica admin create',
    // Each is in the ward of its name, or says which.
    ...hospital.dispensers.map(({ name, code }) => `${name} ${code}`),
    'Sala 3, leito 12',
  ];
}

async function speak(page: Page, language: Tongue) {
  await page.evaluate(
    (language) => localStorage.setItem('botica.preferences', JSON.stringify({ language })),
    language,
  );
}

/** Addresses of one screen are alike but for what it shows. */
const kindOf = (path: string) =>
  path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id').replace(/(\/setor\/).+/, '$1:name');

for (const language of ['pt', 'en'] as const) {
  test(`no screen says a word of another language: ${language}`, async ({ browser, hospital }) => {
    test.setTimeout(600_000);
    await hospital.fill();
    await hospital.product.ask('POST', '/boards', { name: 'Farmácia central' });
    const foreign = foreignTo(language, [...(await namesIn(hospital)), 'Farmácia central']);
    const wrong = new Map<string, string>();
    let [looked, texts] = [0, 0];
    const look = async (page: Page, where: string) => {
      expect(await page.evaluate(() => document.documentElement.lang)).toMatch(new RegExp(`^${language}`));
      const said = await saidOn(page);
      looked += 1;
      texts += said.length;
      for (const text of said)
        for (const why of wrongWith(text, foreign)) if (!wrong.has(why)) wrong.set(why, where);
    };
    for (const role of [undefined, 'nurse', 'technician', 'manager', 'admin'] as const) {
      const isDesk = role === 'manager' || role === 'admin';
      const context = await browser.newContext({ ...(isDesk && DESK), baseURL: hospital.product.url });
      const page = role ? await hospital.signIn(context, roles[role]) : await context.newPage();
      await page.goto('/');
      await speak(page, language);
      const seen = new Set<string>();
      const links = new Set<string>();
      const took = async (where: string) => {
        seen.add(kindOf(new URL(page.url()).pathname));
        await look(page, where);
        const found = await page
          .locator('a[href^="/"]')
          .evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
        for (const href of found) links.add(href.split('#')[0] ?? '');
      };
      for (const screen of screens.filter((screen) => screen.role === role)) {
        await show(page, hospital, screen);
        await took(screen.name);
      }
      // And whatever can be reached from them: a set grows while it is walked.
      for (const href of links) {
        const kind = kindOf(href.split('?')[0] ?? '');
        if (seen.has(kind) || !role) continue;
        seen.add(kind);
        await page.goto(href);
        await page.locator('h1').first().waitFor();
        await expect(page.locator('.loading')).toHaveCount(0, { timeout: 20_000 });
        await took(href);
      }
      if (language === 'pt') await besides[role ?? 'nobody'](page, hospital, (where) => look(page, where));
      await context.close();
    }
    figures(
      'words',
      `${language}: ${String(wrong.size)} wrong of ${String(texts)} texts on ${String(looked)} screens; ${String(foreign.size)} words would be foreign`,
    );
    expect([...wrong].map(([why, where]) => `${where}: ${why}`)).toEqual([]);
  });
}

type Look = (where: string) => Promise<void>;

/** What is not on the screens as they open: dialogs, and what is said when something goes wrong. */
const besides: Record<Role | 'nobody', (page: Page, hospital: Hospital, look: Look) => Promise<void>> = {
  async nobody(page, _, look) {
    await page.goto('/');
    await page.getByLabel('E-mail').fill(people.nurse);
    await page.getByLabel('Senha', { exact: true }).fill('outra senha');
    await page.getByRole('button', { name: 'Entrar' }).click();
    await page.getByRole('alert').filter({ hasText: /\p{L}/u }).first().waitFor();
    await look('wrong password');
  },

  async nurse(page, hospital, look) {
    const dispenser = hospital.dispensers[0]?.id ?? '';
    const open = await hospital.place({});
    await page.goto(`/pedido/${open}`);
    await page.getByRole('button', { name: 'Cancelar pedido' }).click();
    await page.getByRole('dialog').waitFor();
    await look('cancel an order');
    await page.goto('/pedido/0197a000-0000-7000-8000-000000000001');
    await page.getByText(pt.general.failure.notFound).waitFor();
    await look('an order that is not there');

    // Orders that the server does not take: its own words are English.
    const refusals = [
      'there is no dispenser 0197a000-0000-7000-8000-000000000001 in use',
      'there is no medication 0197a000-0000-7000-8000-000000000001 in use',
      'Enfermeira Um may not order controlled medications, and this order has Heparina (list B1): an administrator can give that right',
    ];
    for (const refusal of refusals) {
      await page.route(`**/orders/${open}`, async (route) => {
        const order = (await (await route.fetch()).json()) as object;
        await route.fulfill({ json: { ...order, status: 'refused', refusal } });
      });
      await page.goto(`/pedido/${open}`);
      await page.getByText(pt.orders.refusedBecause).waitFor();
      await look('a refused order');
      await page.unrouteAll({ behavior: 'wait' });
    }
    await page.route('**/orders', (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({
            status: 422,
            contentType: 'application/problem+json',
            json: { code: 'invalid_input', status: 422, detail: 'lines/0/quantity must be at least 1' },
          })
        : route.fallback(),
    );
    await page.goto(`/dispensario/${dispenser}`);
    await page.locator('.medication-take').first().click();
    await page.locator('.screen-bar .button-main').click();
    await page.getByText(pt.orders.notTaken).waitFor({ timeout: 20_000 });
    await look('an order that is not taken');
    await page.getByRole('button', { name: pt.orders.discard }).click();
    await page.unrouteAll({ behavior: 'wait' });
  },

  async technician(page, hospital, look) {
    const id = await hospital.place({ dispenser: 1, medications: [2] });
    await page.goto(`/pedido/${id}`);
    await page.getByRole('button', { name: pt.pharmacy.order.reject }).click();
    await page.getByRole('dialog').waitFor();
    await look('reject an order');
    await page.getByRole('button', { name: 'Voltar' }).last().click();
    await hospital.step(id, 'accept', people.technician);
    await page.getByRole('button', { name: pt.pharmacy.handOver.scan }).click();
    await page.getByRole('dialog').waitFor();
    await look('scan a pack');
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto('/fila');
    await page.locator('.queue-card').first().waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await look('keys');
  },

  async manager(page, hospital, look) {
    await page.goto(`/gestao/auditoria?sobre=${hospital.orders[0] ?? ''}`);
    await page.locator('.audit-row').first().waitFor();
    await look('audit of one');
    await page.goto('/gestao/pedidos?periodo=dias');
    await page.locator('h1').waitFor();
    await look('orders of a period');
  },

  async admin(page, hospital, look) {
    await page.goto('/admin/usuarios');
    await page.getByRole('link', { name: 'Enfermeira Dois' }).first().click();
    await page.getByRole('button', { name: 'Desativar' }).click();
    await page.getByRole('dialog').waitFor();
    await look('deactivate a user');
    await page.goto('/admin/usuario/novo');
    await page.getByLabel('Nome').fill('Mais Uma');
    await page.getByLabel('E-mail').fill(people.nurse);
    await page.getByRole('button', { name: pt.administration.users.generate }).click();
    await page.getByRole('button', { name: pt.administration.users.create }).click();
    await page.getByText(pt.general.field.emailTaken).waitFor();
    await look('an e-mail that is taken');
    await page.goto(`/admin/dispensario/${hospital.dispensers[0]?.id ?? ''}/dados`);
    await page.getByRole('button', { name: 'Etiqueta' }).click();
    await page.locator('dialog img').waitFor();
    await look('a label');
    await page.goto('/admin/paineis');
    await page.getByRole('button', { name: 'Revogar' }).first().click();
    await page.getByRole('dialog').waitFor();
    await look('revoke a board');

    const words = pt.administration.imports;
    await chooseFile(page, 'nada.csv', 'a;b\n1;2\n');
    await page.getByText(words.failed).waitFor({ timeout: 20_000 });
    await look('a file without a header');
    const rows = [
      'Nome;Registro;Registro válido até;Lista 344;Tarja;Em uso;Tall man',
      ';;;;;;',
      'Sulfato de morfina 10 mg/mL;123;;;;;',
      'Cloreto de sódio 0,9%;1000;;;;;',
      'Cloreto de potássio 19,1%;;amanhã;;;;',
      'Fentanila 50 mcg/mL;;;Z9;;;',
      'Midazolam 5 mg/mL;;;;azul;;',
      'Cetamina 50 mg/mL;;;;;talvez;',
      'Propofol 10 mg/mL;;;;;;',
      'Propofol 10 mg/mL;;;;;;',
      `${hospital.medications[0]?.name ?? ''};;;B1;preta;não;DIPIrona`,
      `Longo ${'x'.repeat(2100)};;;;;;`,
      'Sobra;;;;;;;;;',
    ];
    await chooseFile(page, 'observacoes.csv', rows.join('\n'));
    await page.getByText(words.checked).waitFor({ timeout: 20_000 });
    await page.locator('tbody tr').first().waitFor();
    expect(await page.locator('tbody tr').count()).toBeGreaterThan(6);
    await look('remarks on a file');
    await chooseFile(page, 'marcas.csv', 'Substância;Lista;Alta vigilância\nDipirona;B1;sim\nNada;B1;sim\n');
    await page.getByText(words.checked).waitFor({ timeout: 20_000 });
    await look('marks');
  },
};

async function chooseFile(page: Page, name: string, text: string) {
  await page.goto('/admin/importacao');
  await page
    .locator('input[type=file]')
    .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(`\u{feff}${text}`) });
  await page.waitForURL(/importacao\/[0-9a-f-]{36}$/);
}

test('times are the hospital’s, and days are days, wherever the device thinks it is', async ({
  browser,
  hospital,
}) => {
  const id = await hospital.place({ note: 'Sala 3, leito 12' });
  const medication = hospital.medications[1]?.id ?? '';
  await hospital.product.ask('POST', `/medications/${medication}/lots`, {
    number: 'L28',
    expires_on: '2027-02-28',
  });
  const targets = await hospital.product.ask<object>('GET', '/targets');
  await hospital.product.ask('PUT', '/targets', { ...targets, stat: 90 });
  const zones = ['Asia/Tokyo', 'America/Los_Angeles', 'Pacific/Kiritimati', 'America/Sao_Paulo'];
  for (const timezoneId of zones) {
    // The answers are made older on the way; the app's own worker would fetch them past that.
    const phone = await hospital.signedIn(browser, people.nurse, { timezoneId, serviceWorkers: 'block' });
    await phone.route(`**/orders/${id}`, async (route) => {
      const order = (await (await route.fetch()).json()) as object;
      await route.fulfill({ json: { ...order, requested_at: '2026-03-09T17:05:00Z' } });
    });
    await phone.goto(`/pedido/${id}`);
    await expect(phone.getByText(/^09\/03\/2026 14:05 · Enfermeira Um$/)).toBeVisible();
    await phone.route('**/open-orders*', async (route) => {
      const { items, ...page } = (await (await route.fetch()).json()) as { items: { id: string }[] };
      const requested_at = new Date(Date.now() - 7.4 * 60_000).toISOString();
      await route.fulfill({
        json: {
          ...page,
          items: items.filter((order) => order.id === id).map((order) => ({ ...order, requested_at })),
        },
      });
    });
    await phone.goto(`/dispensario/${hospital.dispensers[0]?.id ?? ''}`);
    await expect(phone.getByText('já pedido há 7 min')).toBeVisible();
    await phone.context().close();

    const desk = await hospital.signedIn(browser, people.admin, { ...DESK, timezoneId });
    await desk.goto(`/admin/medicamento/${medication}`);
    await expect(desk.locator('.lots li').filter({ hasText: 'L28' })).toContainText('28/02/2027');
    await desk.goto('/admin/motivos-e-metas');
    await desk.locator('.target input').first().waitFor();
    const minutes = await desk
      .locator('.target input')
      .evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value));
    expect(minutes).toContain('1,5');
    // Numbers are read as they are written.
    await desk.locator('.target input').last().fill('1.234,5');
    await desk.getByRole('button', { name: 'Salvar' }).click();
    await desk.getByText(pt.administration.settings.targetsSaved).waitFor();
    expect(await hospital.product.ask<object>('GET', '/targets')).toMatchObject({
      stat: 90,
      routine: 74_070,
    });
    await hospital.product.ask('PUT', '/targets', { ...targets, stat: 90 });
    await desk.context().close();
  }
  await hospital.product.ask('PUT', '/targets', targets);
  figures(
    'formats',
    `09/03/2026 14:05, há 7 min, 28/02/2027, 1,5 and 1.234,5 in ${String(zones.length)} zones`,
  );
});

/** Rows of CSV with semicolons. */
function rowsOf(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, cell = '', end = ''] of csv.matchAll(/((?:"(?:[^"]|"")*")|[^;\r\n]*)(;|\r\n|$)/g)) {
    rows.at(-1)?.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === '\r\n') rows.push([]);
    else if (end === '') break;
  }
  return rows.filter((row) => row.some((cell) => cell !== ''));
}

const RUNS = /^[=+\-@\t\r]/;
const NUMBER = /^-?\d+(?:[.,]\d+)?$/;

async function saved(page: Page, press: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const coming = page.waitForEvent('download');
  await press();
  const download = await coming;
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

function expectHarmless({ bytes }: { bytes: Buffer }): string[][] {
  const text = bytes.toString('utf8');
  expect(text.startsWith('\u{feff}')).toBe(true);
  const rows = rowsOf(text.slice(1));
  expect(rows.length).toBeGreaterThan(1);
  expect(new Set(rows.map((row) => row.length)).size).toBe(1);
  expect(rows.flat().filter((cell) => RUNS.test(cell) && !NUMBER.test(cell))).toEqual([]);
  return rows;
}

test('tables for spreadsheets open as they should, and nothing in them runs', async ({
  browser,
  hospital,
}) => {
  for (const name of ['=1+1', '@SOMA(A1)', 'Açúcar; "cristal"'])
    await hospital.product.ask('POST', '/medications', { name, description: '-5', area: '-1+1' });
  const desk = await hospital.signedIn(browser, people.admin, DESK);
  await chooseFile(
    desk,
    'registro.csv',
    'Nome;Registro;Registro válido até\nSoro;1234567890123;31/12/2028\n',
  );
  await desk.getByRole('button', { name: 'Gravar 1 medicamento' }).click();
  await desk.getByText(pt.administration.imports.written).waitFor({ timeout: 20_000 });

  await desk.goto('/admin/medicamentos');
  const csv = await saved(desk, () => desk.getByRole('button', { name: /CSV/ }).click());
  expect(csv.name).toMatch(/^medicamentos \d{4}-\d\d-\d\d\.csv$/);
  const rows = expectHarmless(csv);
  const [head = []] = rows;
  const column = (name: string) => rows.slice(1).map((row) => row[head.indexOf(name)]);
  expect(column('Nome')).toEqual(expect.arrayContaining(["'=1+1", "'@SOMA(A1)", 'Açúcar; "cristal"']));
  expect(column('Descrição')).toContain('-5');
  expect(column('Área')).toContain("'-1+1");
  expect(column('Registro válido até')).toContain('31/12/2028');

  const xlsx = await saved(desk, () => desk.getByRole('button', { name: /Excel/ }).click());
  expect(xlsx.name).toMatch(/^medicamentos \d{4}-\d\d-\d\d\.xlsx$/);
  const files = entriesOf(xlsx.bytes);
  const sheet = files.get('xl/worksheets/sheet1.xml') ?? '';
  expect(sheet).toMatch(/<pane [^>]*ySplit="1"[^>]*state="frozen"/);
  expect(sheet).toMatch(/<autoFilter ref="A1:R\d+"\/>/);
  expect(sheet).not.toMatch(/<f[ >]/);
  expect(sheet.match(/<row /g)?.length).toBe(rows.length);
  const texts = `${sheet}${files.get('xl/sharedStrings.xml') ?? ''}`;
  expect(texts).toContain('>=1+1<');
  expect(files.get('xl/styles.xml')).toMatch(/quotePrefix="1"/);
  // A day is a number of days, so that it can be sorted.
  const day = (Date.UTC(2028, 11, 31) - Date.UTC(1899, 11, 30)) / 86_400_000;
  expect(sheet).toMatch(new RegExp(`<c r="F\\d+" s="\\d+"><v>${String(day)}</v>`));
  expect(files.get('xl/styles.xml')).toContain('dd/mm/yyyy');

  await desk.goto('/gestao/auditoria');
  await desk.locator('.audit-row').first().waitFor();
  const audit = await saved(desk, () => desk.getByRole('button', { name: 'Exportar' }).click());
  expect(audit.name).toMatch(/^auditoria \d{4}-\d\d-\d\d\.csv$/);
  const record = expectHarmless(audit);
  figures(
    'exports',
    `${String(rows.length - 1)} medications as CSV and XLSX, ${String(record.length - 1)} rows of the audit; no cell that runs`,
  );
});

interface Watched {
  done: number[];
  said: string[];
}

/** Writes down each progress that the page shows. */
function watchProgress(page: Page) {
  return page.evaluate(() => {
    const watched: Watched = { done: [], said: [] };
    Object.assign(globalThis, { watched });
    new MutationObserver(() => {
      const bar = document.querySelector<HTMLProgressElement>('progress[value]');
      const said = bar?.parentElement?.querySelector('[role=status]')?.textContent;
      if (!bar || !said || watched.said.at(-1) === said) return;
      watched.done.push(bar.value);
      watched.said.push(said);
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
}

const watchedOn = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { watched: Watched }).watched);

test('an import shows how far it is, and leaves nothing when it is cancelled', async ({
  browser,
  hospital,
}) => {
  test.setTimeout(400_000);
  const words = pt.administration.imports;
  const desk = await hospital.signedIn(browser, people.admin, DESK);
  const catalogue = async () => {
    const token = await hospital.tokenOf(people.admin);
    const answer = await fetch(`${hospital.product.url}/medications/export`, {
      headers: { authorization: `Bearer ${token}` },
    });
    // No name has a line's end in it. The first line is the header, and after the last there is nothing.
    return (await answer.text()).split('\r\n').length - 2;
  };
  const counts = async () =>
    Object.fromEntries(
      await desk
        .locator('.import-counts li')
        .evaluateAll((all) =>
          all.map((one) => [
            one.querySelector('strong')?.textContent ?? '',
            one.querySelector('.import-count')?.textContent.trim() ?? '',
          ]),
        ),
    ) as Record<string, string>;
  const medication = (of: string) => (_: unknown, n: number) =>
    `Ensaio ${of} ${String(n)} mg comprimido;Ala ${of}`;

  // As many new ones as take some seconds, five that come twice, and one without a name.
  const fresh = Array.from({ length: 299_994 }, medication('alfa'));
  const before = await catalogue();
  await chooseFile(desk, 'alfa.csv', ['Nome;Área', ...fresh, ...fresh.slice(0, 5), ';Ala'].join('\n'));
  await desk.getByText(words.checked).waitFor({ timeout: 120_000 });
  const expected = {
    [words.verdicts.new]: '299.994',
    [words.verdicts.changed]: '0',
    [words.verdicts.same]: '0',
    [words.verdicts.duplicate]: '5',
    [words.verdicts.rejected]: '1',
  };
  expect(await counts()).toEqual(expected);
  expect(await catalogue()).toBe(before);
  await watchProgress(desk);
  await desk.getByRole('button', { name: 'Gravar 299.994 linhas' }).click();
  await desk.getByText(words.written).waitFor({ timeout: 120_000 });
  expect(await counts()).toEqual(expected);
  expect(await catalogue()).toBe(before + 299_994);
  const { done, said } = await watchedOn(desk);
  expect(done.length, said.join(', ')).toBeGreaterThan(1);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(said.at(-1)).toMatch(/^[\d.]+ de 299\.994 linhas$/);

  const more = Array.from({ length: 200_000 }, medication('beta'));
  await chooseFile(desk, 'beta.csv', ['Nome;Área', ...more].join('\n'));
  await desk.getByText(words.checked).waitFor({ timeout: 120_000 });
  await watchProgress(desk);
  await desk.getByRole('button', { name: 'Gravar 200.000 linhas' }).click();
  // Some of it is written already.
  await expect
    .poll(async () => (await watchedOn(desk)).done.at(-1) ?? 0, { timeout: 60_000 })
    .toBeGreaterThan(0);
  await desk.getByRole('button', { name: words.stop }).click();
  await desk.getByText(words.cancelled).waitFor({ timeout: 60_000 });
  expect(await catalogue()).toBe(before + 299_994);
  const cancelledAt = (await watchedOn(desk)).said.at(-1) ?? '';
  figures(
    'imports',
    `${String(done.length)} steps seen (${said.join(', ')}); cancelled at ${cancelledAt}, nothing left of it`,
  );
});
