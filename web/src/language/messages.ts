import type { pt } from './pt';

/** Any text in place of the Portuguese one, with the same parameters. */
type Translated<T> = T extends string
  ? string
  : T extends (...values: infer V) => string
    ? (...values: V) => string
    : { [K in keyof T]: Translated<T[K]> };

/** All texts of the screens. A language that lacks one, or has one too many, does not compile. */
export type Messages = Translated<typeof pt>;
