/** Every screen of the app, for checks that look at all of them, and for pictures. */
import { expect, type Page } from '@playwright/test';
import type { Hospital } from './hospital';
import type { Role } from './product';

export interface Shown {
  name: string;
  /** Undefined: nobody is signed in. */
  role: Role | undefined;
  path: (hospital: Hospital) => string;
  /** What is there when the screen is. */
  there: string;
  /** Brings it into the state that is meant. */
  prepare?: (page: Page) => Promise<void>;
}

const still = (path: string) => () => path;
const firstDispenser = (hospital: Hospital) => hospital.dispensers[0]?.id ?? '';
const firstMedication = (hospital: Hospital) => hospital.medications[0]?.id ?? '';

export const screens: Shown[] = [
  { name: 'entrar', role: undefined, path: still('/'), there: '.door-form' },

  { name: 'pedir', role: 'nurse', path: still('/'), there: '.scan-button' },
  { name: 'leitor', role: 'nurse', path: still('/leitor'), there: '.field-input' },
  { name: 'dispensarios', role: 'nurse', path: still('/dispensarios'), there: '.card' },
  {
    name: 'dispensario',
    role: 'nurse',
    path: (hospital) => `/dispensario/${firstDispenser(hospital)}`,
    there: '.medication',
    prepare: (page) => page.locator('.medication-take').first().click(),
  },
  {
    name: 'problema',
    role: 'nurse',
    path: (hospital) => `/dispensario/${firstDispenser(hospital)}/problema`,
    there: '.chip',
  },
  { name: 'meus-pedidos', role: 'nurse', path: still('/meus-pedidos'), there: '.order-card' },
  {
    name: 'pedido',
    role: 'nurse',
    path: (hospital) => `/pedido/${hospital.orders[0] ?? ''}`,
    there: '.timeline',
  },
  { name: 'perfil', role: 'nurse', path: still('/perfil'), there: '.chips' },

  { name: 'fila', role: 'technician', path: still('/fila'), there: '.queue-card' },
  { name: 'minhas', role: 'technician', path: still('/minhas'), there: 'h1' },
  {
    name: 'pedido-farmacia',
    role: 'technician',
    path: (hospital) => `/pedido/${hospital.orders[1] ?? ''}`,
    there: '.timeline',
  },
  { name: 'entrega', role: 'technician', path: still('/entrega'), there: 'h1' },
  { name: 'historico', role: 'technician', path: still('/historico'), there: 'h1' },

  { name: 'agora', role: 'manager', path: still('/gestao/agora'), there: 'h1' },
  { name: 'indicadores', role: 'manager', path: still('/gestao/indicadores'), there: 'h1' },
  { name: 'pedidos', role: 'manager', path: still('/gestao/pedidos'), there: 'h1' },
  { name: 'em-falta', role: 'manager', path: still('/gestao/em-falta'), there: 'h1' },
  { name: 'auditoria', role: 'manager', path: still('/gestao/auditoria'), there: 'h1' },

  { name: 'usuarios', role: 'admin', path: still('/admin/usuarios'), there: 'h1' },
  { name: 'usuario-novo', role: 'admin', path: still('/admin/usuario/novo'), there: '.form' },
  { name: 'setores', role: 'admin', path: still('/admin/setores'), there: 'h1' },
  {
    name: 'dados-do-dispensario',
    role: 'admin',
    path: (hospital) => `/admin/dispensario/${firstDispenser(hospital)}/dados`,
    there: '.form',
  },
  { name: 'medicamentos', role: 'admin', path: still('/admin/medicamentos'), there: 'h1' },
  {
    name: 'medicamento',
    role: 'admin',
    path: (hospital) => `/admin/medicamento/${firstMedication(hospital)}`,
    there: '.lot-new',
  },
  { name: 'importacao', role: 'admin', path: still('/admin/importacao'), there: 'h1' },
  {
    name: 'medicamentos-do-dispensario',
    role: 'admin',
    path: (hospital) => `/admin/dispensario/${firstDispenser(hospital)}`,
    there: 'table',
  },
  { name: 'motivos-e-metas', role: 'admin', path: still('/admin/motivos-e-metas'), there: 'h1' },
  { name: 'paineis', role: 'admin', path: still('/admin/paineis'), there: 'h1' },
  { name: 'mensagens-retidas', role: 'admin', path: still('/admin/mensagens-retidas'), there: 'h1' },
  { name: 'sistema', role: 'admin', path: still('/admin/sistema'), there: 'h1' },
];

/** Opens a screen by its address and waits until what it shows is there. */
export async function show(page: Page, hospital: Hospital, screen: Shown) {
  await page.goto(screen.path(hospital));
  await page.locator(screen.there).first().waitFor();
  await expect(page.locator('.loading')).toHaveCount(0, { timeout: 20_000 });
  await screen.prepare?.(page);
}
