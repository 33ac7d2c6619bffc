export const signingIn = {
  title: 'Entrar',
  email: 'E-mail',
  password: 'Senha',
  show: 'Mostrar senha',
  hide: 'Ocultar senha',
  enter: 'Entrar',
  wrong: 'E-mail ou senha incorretos.',
  ended: 'Sua sessão terminou. Entre de novo; nada do que você preparou foi perdido.',
  waiting: (n: number) =>
    n === 1 ? '1 pedido aguarda neste aparelho.' : `${String(n)} pedidos aguardam neste aparelho.`,
  opening: 'Abrindo…',
  offlineFirst: 'Sem conexão. Para entrar pela primeira vez neste aparelho é preciso rede.',
};
