import { embedded as test, expect, people } from './hospital';
import type { Hospital } from './hospital';

interface Letter {
  id: string;
  state: string;
  seen: number;
  discard_reason?: string;
}

/** The same id with other content: kept as a dead letter, since it is never a silent overwrite. */
async function twiceUnderOneId(hospital: Hospital) {
  const id = crypto.randomUUID();
  for (const quantity of [1, 2]) {
    const lines = [{ medication_id: hospital.medications[0]?.id, quantity }];
    await hospital.product.ask('POST', '/orders', { id, dispenser_id: hospital.dispensers[0]?.id, lines });
  }
}

test('an admin has a message read again, and gives one up for a reason', async ({ browser, hospital }) => {
  const letters = async (state: string) =>
    (await hospital.product.ask<{ items: Letter[] }>('GET', `/dead-letters?state=${state}`)).items;
  await twiceUnderOneId(hospital);
  await expect.poll(async () => (await letters('waiting')).length).toBe(1);
  const page = await hospital.signedIn(browser, people.admin);
  await page.goto('/admin/mensagens-retidas');
  const card = page.locator('.letter');
  await expect(card).toContainText('O número já é de outro pedido');
  await card.getByRole('button', { name: 'Reprocessar' }).click();
  // It is the same again, so it comes back.
  await expect.poll(async () => (await letters('waiting')).map(({ seen }) => seen)).toEqual([2]);
  await page.reload();
  await card.getByRole('button', { name: 'Descartar' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Descartar' })).toBeDisabled();
  await dialog.getByLabel('Motivo').fill('O setor pediu de novo.');
  await dialog.getByRole('button', { name: 'Descartar' }).click();
  await expect(page.getByText('Nenhuma mensagem retida')).toBeVisible();
  expect((await letters('discarded')).map(({ discard_reason }) => discard_reason)).toEqual([
    'O setor pediu de novo.',
  ]);
  await page.goto('/gestao/auditoria');
  await expect(page.getByRole('heading', { name: 'Mensagem descartada' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Mensagem reprocessada' })).toBeVisible();
  await page.context().close();
});
