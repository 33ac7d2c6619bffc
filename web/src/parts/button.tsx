import type { AnchorHTMLAttributes, ButtonHTMLAttributes, ComponentChildren } from 'preact';
import type { LucideIcon } from 'lucide-preact';
import './button.css';

interface Looks {
  /** `main` is what the screen is for, one of a screen. */
  kind?: 'main' | 'plain' | 'quiet' | 'danger';
  icon?: LucideIcon;
  isWide?: boolean;
  /** It is under way: it can't be pressed again, and keeps its place. */
  isBusy?: boolean;
  children?: ComponentChildren;
}

type ButtonProps = Looks & Omit<ButtonHTMLAttributes, 'icon' | 'children'>;

export function Button({
  kind = 'plain',
  icon,
  isWide,
  isBusy,
  children,
  class: more,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={looks(kind, isWide, isBusy, more)}
      aria-busy={isBusy}
      onClick={isBusy ? undefined : rest.onClick}
    >
      {content(icon, children)}
    </button>
  );
}

type LinkProps = Looks & { href: string } & Omit<AnchorHTMLAttributes, 'icon' | 'children' | 'href'>;

/** Looks like a button and leads to another screen. */
export function ButtonLink({
  kind = 'plain',
  icon,
  isWide,
  isBusy,
  children,
  class: more,
  ...rest
}: LinkProps) {
  return (
    <a {...rest} class={looks(kind, isWide, isBusy, more)}>
      {content(icon, children)}
    </a>
  );
}

interface IconButtonProps extends Omit<ButtonHTMLAttributes, 'icon' | 'children' | 'label'> {
  icon: LucideIcon;
  /** What it does; it has no other words. */
  label: string;
}

export function IconButton({ icon: Icon, label, class: more, ...rest }: IconButtonProps) {
  return (
    <button type="button" {...rest} class={`icon-button ${classOf(more)}`} aria-label={label} title={label}>
      <Icon aria-hidden="true" size={24} />
    </button>
  );
}

function looks(kind: string, isWide?: boolean, isBusy?: boolean, more?: unknown) {
  return `button button-${kind}${isWide ? ' is-wide' : ''}${isBusy ? ' is-busy' : ''} ${classOf(more)}`;
}

const classOf = (more: unknown) => (typeof more === 'string' ? more : '');

function content(Icon: LucideIcon | undefined, children: ComponentChildren) {
  return (
    <>
      {Icon && <Icon aria-hidden="true" size={22} />}
      {children}
    </>
  );
}
