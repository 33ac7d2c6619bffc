import type { LucideIcon } from 'lucide-preact';
import type { ComponentChildren } from 'preact';

interface Props {
  title: string;
  value: number | string;
  under?: ComponentChildren;
  /** What is behind the number. */
  href: string;
  icon?: LucideIcon;
  isAlarming?: boolean;
}

export function Tile({ title, value, under, href, icon: Icon, isAlarming }: Props) {
  return (
    <a class={isAlarming ? 'card tile is-alarming' : 'card tile'} href={href}>
      <span class="tile-title">
        {Icon && <Icon aria-hidden="true" size={20} />}
        {title}
      </span>
      <strong class="tile-value">{value}</strong>
      {under && <span class="tile-under">{under}</span>}
    </a>
  );
}
