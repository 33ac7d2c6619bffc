/** Tells the page how high the bar at the bottom of a screen is, so that what is said lies over it and not on it. */
import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

export function useBarHeight(bar: RefObject<HTMLElement>, isThere: boolean) {
  useLayoutEffect(() => {
    const element = bar.current;
    if (!isThere || !element) return;
    const { style } = document.documentElement;
    const observer = new ResizeObserver(() =>
      style.setProperty('--bar-height', `${String(element.offsetHeight)}px`),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      style.removeProperty('--bar-height');
    };
  }, [bar, isThere]);
}
