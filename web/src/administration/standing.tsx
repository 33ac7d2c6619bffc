import { CircleCheck, CircleOff, CircleX, Timer } from 'lucide-preact';

const looks = {
  good: { icon: CircleCheck, class: 'is-good' },
  running: { icon: Timer, class: '' },
  off: { icon: CircleOff, class: 'is-off' },
  bad: { icon: CircleX, class: 'is-bad' },
};

/** Whether something is in use or works: a shape and a word, and a colour for who sees colours. */
export function Standing({ is, children }: { is: keyof typeof looks; children: string }) {
  const { icon: Icon, class: look } = looks[is];
  return (
    <span class={`standing ${look}`}>
      <Icon aria-hidden="true" size={20} />
      {children}
    </span>
  );
}
