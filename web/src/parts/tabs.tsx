/** The ways through the app: at the bottom on a phone, at the side on a desk. */
import type { LucideIcon } from 'lucide-preact';
import { useLocation } from 'preact-iso';
import type { ComponentChildren } from 'preact';
import { t } from '../language';
import './tabs.css';

export interface Tab {
  href: string;
  label: string;
  icon: LucideIcon;
  /** How many things wait there. */
  count?: number;
  /** Other screens that belong to it, by how their addresses begin. */
  also?: string[];
}

interface ShellProps {
  tabs: Tab[];
  /** Who is signed in, at the side on a desk. */
  foot?: ComponentChildren;
  /** At a desk, narrow: the screens need the width. */
  isNarrow?: boolean;
  children: ComponentChildren;
}

export function Shell({ tabs, foot, isNarrow, children }: ShellProps) {
  const { path } = useLocation();
  return (
    <div class={isNarrow ? 'shell is-narrow' : 'shell'}>
      <a class="skip" href="#content">
        {t().general.skipToContent}
      </a>
      <nav class="tabs" aria-label={t().general.botica}>
        <p class="tabs-name" aria-hidden="true">
          {t().general.botica}
        </p>
        <ul>
          {tabs.map(({ href, label, icon: Icon, count, also = [] }) => {
            const isHere = path === href || also.some((begin) => path.startsWith(begin));
            return (
              <li key={href}>
                <a href={href} class="tab" aria-current={isHere ? 'page' : undefined}>
                  <span class="tab-icon">
                    <Icon aria-hidden="true" size={24} />
                    {count !== undefined && count > 0 && (
                      <span class="tab-count">{count > 99 ? '99+' : count}</span>
                    )}
                  </span>
                  <span>{label}</span>
                </a>
              </li>
            );
          })}
        </ul>
        {foot && <div class="tabs-foot">{foot}</div>}
      </nav>
      <main id="content" class="shell-content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
