/** The ways through the app: at the bottom on a phone, at the side on a desk. */
import type { LucideIcon } from 'lucide-preact';
import { ChevronRight, Ellipsis } from 'lucide-preact';
import { useLocation } from 'preact-iso';
import type { ComponentChildren } from 'preact';
import { t } from '../language';
import { Screen } from './screen';
import './tabs.css';

export interface Tab {
  href: string;
  label: string;
  /** A shorter word, for the bottom of a phone. */
  short?: string;
  icon: LucideIcon;
  /** How many things wait there. */
  count?: number;
  /** Other screens that belong to it, by how their addresses begin. */
  also?: string[];
}

/** So many stand at the bottom of a phone, beside the one that leads to all. */
const FITTING = 4;

interface ShellProps {
  tabs: Tab[];
  /** Where all of them are listed, if there are more than fit on a phone. */
  more?: string;
  /** Who is signed in, at the side on a desk. */
  foot?: ComponentChildren;
  children: ComponentChildren;
}

export function Shell({ tabs, more, foot, children }: ShellProps) {
  const { path } = useLocation();
  const fits = more === undefined ? tabs.length : FITTING;
  const isHere = ({ href, also = [] }: Tab) => path === href || also.some((begin) => path.startsWith(begin));
  const moreTab = more !== undefined && { href: more, label: t().general.tabs.more, icon: Ellipsis };
  return (
    <div class="shell">
      <a class="skip" href="#content">
        {t().general.skipToContent}
      </a>
      <nav class="tabs" aria-label={t().general.botica}>
        <p class="tabs-name" aria-hidden="true">
          {t().general.botica}
        </p>
        <ul>
          {tabs.map((tab, at) => (
            <li key={tab.href} class={placeOf(at, fits, more !== undefined)}>
              <TabLink tab={tab} isHere={isHere(tab)} />
            </li>
          ))}
          {moreTab && (
            <li class="tabs-more">
              <TabLink tab={moreTab} isHere={path === more || tabs.slice(fits).some(isHere)} />
            </li>
          )}
        </ul>
        {foot && <div class="tabs-foot">{foot}</div>}
      </nav>
      <main id="content" class="shell-content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function placeOf(at: number, fits: number, hasMore: boolean): string | undefined {
  if (!hasMore) return undefined;
  return at >= fits ? 'tabs-beyond' : at === fits - 1 ? 'tabs-last' : undefined;
}

function TabLink({ tab: { href, label, short, icon: Icon, count }, isHere }: { tab: Tab; isHere: boolean }) {
  return (
    <a href={href} class="tab" aria-current={isHere ? 'page' : undefined}>
      <span class="tab-icon">
        <Icon aria-hidden="true" size={24} />
        {count !== undefined && count > 0 && <span class="tab-count">{count > 99 ? '99+' : count}</span>}
      </span>
      {short !== undefined && <span class="tab-short">{short}</span>}
      <span class={short === undefined ? undefined : 'tab-long'}>{label}</span>
    </a>
  );
}

/** All ways, where not all of them fit at the bottom. */
export function AllTabs({ tabs }: { tabs: Tab[] }) {
  return (
    <Screen title={t().general.tabs.more}>
      <ul class="all-tabs">
        {tabs.map(({ href, label, icon: Icon, count }) => (
          <li key={href}>
            <a href={href}>
              <Icon aria-hidden="true" size={24} />
              <span>{label}</span>
              {count !== undefined && count > 0 && <span class="tab-count">{count}</span>}
              <ChevronRight aria-hidden="true" size={22} />
            </a>
          </li>
        ))}
      </ul>
    </Screen>
  );
}
