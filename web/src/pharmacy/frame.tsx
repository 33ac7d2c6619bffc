/** The same parts of the pharmacy, as a screen of their own on a phone and as a column at a desk. */
import type { ComponentChildren, ComponentType } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { useBarHeight } from '../parts/use-bar-height';
import './frame.css';

interface FrameProps {
  title: string;
  under?: ComponentChildren;
  onBack?: () => void;
  beside?: ComponentChildren;
  bar?: ComponentChildren;
  children: ComponentChildren;
}

/** `Screen` or `Pane`. */
export type Frame = ComponentType<FrameProps>;

/** A column: it scrolls by itself, and leads nowhere back. */
export function Pane({ title, under, beside, bar, children }: FrameProps) {
  const id = useId();
  const bottom = useRef<HTMLDivElement>(null);
  useBarHeight(bottom, Boolean(bar));
  return (
    <section class="pane" aria-labelledby={id}>
      <header class="screen-head">
        <div class="screen-title">
          <h2 id={id}>{title}</h2>
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
    </section>
  );
}
