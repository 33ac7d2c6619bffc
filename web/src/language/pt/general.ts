import type { Priority, Role, Status, Tarja } from '../../api/types';

export const general = {
  botica: 'Botica',
  close: 'Fechar',
  back: 'Voltar',
  cancel: 'Cancelar',
  save: 'Salvar',
  saved: 'Salvo',
  remove: 'Remover',
  edit: 'Editar',
  add: 'Adicionar',
  copy: 'Copiar',
  copied: 'Copiado.',
  print: 'Imprimir',
  download: 'Baixar',
  confirm: 'Confirmar',
  more: 'Mostrar mais',
  again: 'Tentar de novo',
  undo: 'Desfazer',
  yes: 'Sim',
  no: 'Não',
  optional: 'opcional',
  loading: 'Carregando…',
  skipToContent: 'Ir ao conteúdo',
  required: 'Preencha este campo.',
  newVersion: { text: 'Há uma versão nova da Botica.', use: 'Atualizar' },

  priorityLabel: 'Prioridade',
  priority: { stat: 'Emergência', urgent: 'Urgente', routine: 'Rotina' } satisfies Record<Priority, string>,
  status: {
    requested: 'Solicitado',
    accepted: 'Em atendimento',
    in_transit: 'A caminho',
    delivered: 'Entregue',
    received: 'Recebido',
    rejected: 'Recusado',
    cancelled: 'Cancelado',
    refused: 'Inválido',
  } satisfies Record<Status, string>,
  unsent: 'Não enviado',
  sending: 'Enviando…',
  role: {
    nurse: 'Enfermagem',
    technician: 'Farmácia',
    manager: 'Gestão',
    admin: 'Administração',
  } satisfies Record<Role, string>,

  connection: {
    live: 'Ao vivo',
    connecting: 'Conectando…',
    reconnecting: 'Reconectando…',
    stale: (ago: string) => `Parado ${ago}`,
    offline: 'Sem conexão: pedidos ficam guardados neste aparelho',
  },

  failure: {
    offline: 'Sem conexão com a Botica. Verifique a rede e tente de novo.',
    timedOut: 'A Botica demorou a responder. Tente de novo.',
    unavailable: 'A Botica está indisponível no momento. Tente de novo em instantes.',
    forbidden: 'Seu perfil não permite isto.',
    notFound: 'Não encontrado.',
    invalid: 'Há algo a corrigir.',
    conflict: 'Isto mudou enquanto você olhava. Veja como está agora.',
    tooMany: (seconds: number) => `Muitas tentativas. Aguarde ${String(seconds)} s.`,
    tooLarge: 'O arquivo é grande demais.',
    unexpected: 'Algo deu errado. Tente de novo.',
  },

  filters: {
    title: 'Filtros',
    count: (n: number) => `Filtros (${String(n)})`,
    clear: 'Limpar filtros',
    all: 'Qualquer',
  },
  period: {
    title: 'Período',
    all: 'Todo o período',
    today: 'Hoje',
    lastDays: (n: number) => `Últimos ${String(n)} dias`,
    days: 'Escolher datas',
    from: 'De',
    until: 'Até',
  },

  field: {
    emailTaken: 'Outra pessoa já usa este e-mail.',
    lotTaken: 'Este medicamento já tem um lote com este número.',
    taken: 'Já existe um com este nome.',
    tooLong: (most: string) => `Use no máximo ${most} caracteres.`,
    tooShort: (least: string) => `Use pelo menos ${least} caracteres.`,
    email: 'Escreva um e-mail completo, como nome@hospital.com.br.',
    characters: 'Há um caractere que não pode ser usado.',
    inList: 'Já está na lista.',
    notInUse: 'Este medicamento não está em uso.',
    wrong: 'Confira este campo.',
  },

  unsaved: {
    title: 'Sair sem salvar?',
    text: 'O que você mudou aqui ainda não foi salvo.',
    stay: 'Continuar editando',
    leave: 'Sair sem salvar',
  },

  tabs: { more: 'Mais' },

  time: {
    now: 'agora',
    secondsAgo: (n: number) => `há ${String(n)} s`,
    minutesAgo: (n: number) => `há ${String(n)} min`,
    hoursAgo: (hours: number, minutes: number) =>
      minutes === 0 ? `há ${String(hours)} h` : `há ${String(hours)} h ${String(minutes)} min`,
    daysAgo: (n: number) => (n === 1 ? 'ontem' : `há ${String(n)} dias`),
    seconds: (n: number) => `${String(n)} s`,
    minutes: (n: number) => `${String(n)} min`,
    hours: (hours: number, minutes: number) =>
      minutes === 0 ? `${String(hours)} h` : `${String(hours)} h ${String(minutes)} min`,
  },

  lines: (n: number) => (n === 1 ? '1 medicamento' : `${String(n)} medicamentos`),

  marks: {
    controlled: (list: string) => `Controlado ${list}`,
    highAlert: 'Alta vigilância',
    tarja: {
      none: 'Sem tarja',
      red: 'Tarja vermelha',
      red_restricted: 'Tarja vermelha com retenção',
      black: 'Tarja preta',
    } satisfies Record<Tarja, string>,
  },
};
