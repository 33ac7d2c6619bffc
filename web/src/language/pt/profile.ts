export const profile = {
  tab: 'Perfil',
  language: 'Idioma',
  portuguese: 'Português',
  english: 'English',
  textSize: 'Tamanho do texto',
  textSizes: { normal: 'Normal', large: 'Grande', huge: 'Maior' },
  theme: 'Aparência',
  themes: { auto: 'Automática', light: 'Clara', dark: 'Escura' },
  sound: 'Sons',
  tryStat: 'Ouvir Emergência',
  tryUrgent: 'Ouvir Urgente',
  changePassword: 'Trocar senha',
  currentPassword: 'Senha atual',
  nextPassword: 'Senha nova',
  passwordChanged: 'Senha trocada.',
  signOut: 'Sair',
  signOutWaiting: (n: number) =>
    n === 1
      ? 'Há 1 pedido não enviado. Ele fica neste aparelho e é enviado quando você entrar de novo.'
      : `Há ${String(n)} pedidos não enviados. Eles ficam neste aparelho e são enviados quando você entrar de novo.`,
};
