/** The addresses of all screens. They stand in the address bar, so they are in Portuguese; none is an address of
 * the server's own. */
export const places = {
  start: '/',
  scanner: '/leitor',
  dispensers: '/dispensarios',
  dispenser: (id: string) => `/dispensario/${id}`,
  trouble: (id: string) => `/dispensario/${id}/problema`,
  myOrders: '/meus-pedidos',
  order: (id: string) => `/pedido/${id}`,
  profile: '/perfil',

  queue: '/fila',
  trips: '/minhas',
  history: '/historico',
  delivery: '/entrega',
  deliveryFor: (dispenserId: string) => `/entrega?para=${dispenserId}`,

  board: '/painel',

  now: '/gestao/agora',
  figures: '/gestao/indicadores',
  orders: '/gestao/pedidos',
  stockOuts: '/gestao/em-falta',
  audit: '/gestao/auditoria',

  more: '/mais',
  users: '/admin/usuarios',
  user: (id: string) => `/admin/usuario/${id}`,
  wards: '/admin/setores',
  ward: (id: string) => `/admin/setor/${id}`,
  cabinet: (id: string) => `/admin/dispensario/${id}/dados`,
  holdings: (id: string) => `/admin/dispensario/${id}`,
  medications: '/admin/medicamentos',
  medication: (id: string) => `/admin/medicamento/${id}`,
  imports: '/admin/importacao',
  import: (id: string) => `/admin/importacao/${id}`,
  settings: '/admin/motivos-e-metas',
  boards: '/admin/paineis',
  deadLetters: '/admin/mensagens-retidas',
  system: '/admin/sistema',
} as const;
