/** A part of the app that is fetched when it is first shown. */
import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Failure } from '../api/failure';
import { Trouble } from './states';

export function later(
  load: () => Promise<{ default: ComponentType }>,
  meanwhile: () => ComponentChildren,
): ComponentType {
  let Loaded: ComponentType | undefined;
  return function Later() {
    const [, setIsThere] = useState(false);
    const [isMissing, setIsMissing] = useState(false);
    useEffect(() => {
      if (Loaded) return;
      load().then(
        (part) => {
          Loaded = part.default;
          setIsThere(true);
        },
        () => setIsMissing(true),
      );
    }, []);
    if (Loaded) return <Loaded />;
    // No network, or a newer version whose parts have other names: both are mended by loading the page anew.
    if (isMissing)
      return <Trouble error={new Failure({ kind: 'offline' })} again={() => location.reload()} />;
    return <>{meanwhile()}</>;
  };
}
