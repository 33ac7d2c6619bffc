/** How many things of a list fit its height: a wall screen is not scrolled. */
import { useLayoutEffect, useRef, useState, type MutableRef } from 'preact/hooks';

interface Fitting {
  list: MutableRef<HTMLUListElement | null>;
  /** The line that says how many more there are; it needs its own room when there are any. */
  rest: MutableRef<HTMLParagraphElement | null>;
  /** So many of them are to be seen; the others are laid out, but hidden. */
  shown: number;
}

export function useFitting(): Fitting {
  const list = useRef<HTMLUListElement>(null);
  const rest = useRef<HTMLParagraphElement>(null);
  const [shown, setShown] = useState(Number.POSITIVE_INFINITY);

  const measure = () => {
    if (!list.current) return;
    const height = list.current.clientHeight;
    const bottoms = [...list.current.children].map((child) =>
      child instanceof HTMLElement ? child.offsetTop + child.offsetHeight : 0,
    );
    const room = (bottoms.at(-1) ?? 0) <= height ? height : height - (rest.current?.offsetHeight ?? 0);
    setShown(bottoms.filter((bottom) => bottom <= room).length);
  };

  useLayoutEffect(measure);
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    // Letters that arrive after the first picture are wider or narrower.
    document.fonts.addEventListener('loadingdone', measure);
    return () => {
      observer.disconnect();
      document.fonts.removeEventListener('loadingdone', measure);
    };
  }, []);

  return { list, rest, shown };
}
