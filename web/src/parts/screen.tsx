/** One screen: its heading, which takes the focus when it opens, what it shows, and what stays at the bottom. */
import { ArrowLeft } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../language';
import { IconButton } from './button';
import { ConnectionBar } from './connection-bar';
import { entitle } from './page-title';
import { useBarHeight } from './use-bar-height';
import './screen.css';

interface ScreenProps {
  title: string;
  /** What stands under the title, such as a ward. */
  under?: ComponentChildren;
  /** Leads back, where the screen is not one of the tabs. */
  onBack?: () => void;
  /** At the right of the title. */
  beside?: ComponentChildren;
  /** Stays at the bottom, over what is shown. */
  bar?: ComponentChildren;
  /** As wide as the window, for tables and columns. */
  isWide?: boolean;
  children: ComponentChildren;
}

export function Screen({ title, under, onBack, beside, bar, isWide, children }: ScreenProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const bottom = useRef<HTMLDivElement>(null);
  useBarHeight(bottom, Boolean(bar));
  useEffect(() => entitle(title), [title]);
  useEffect(() => {
    // Who can't see that the screen changed hears it. A field that wants the focus has taken it already.
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, []);
  return (
    <div class={isWide ? 'screen is-wide' : 'screen'}>
      <ConnectionBar />
      <header class="screen-head">
        {onBack && (
          <IconButton icon={ArrowLeft} label={t().general.back} onClick={onBack} class="screen-back" />
        )}
        <div class="screen-title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {under && <p class="soft">{under}</p>}
        </div>
        {beside && <div class="screen-beside">{beside}</div>}
      </header>
      <div class="screen-content">{children}</div>
      {bar && (
        <div class="screen-bar" ref={bottom}>
          {bar}
        </div>
      )}
    </div>
  );
}
