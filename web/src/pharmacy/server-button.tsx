/** A button that needs the server, and says so when there is no network. It may be pressed all the same: the
 * network may be back, and nothing is lost by trying. */
import { CloudOff } from 'lucide-preact';
import type { ComponentProps } from 'preact';
import { t } from '../language';
import { isOffline } from '../live/connection';
import { Button } from '../parts/button';

export function ServerButton({ icon, children, ...rest }: ComponentProps<typeof Button>) {
  if (!isOffline.value) {
    return (
      <Button {...rest} {...(icon && { icon })}>
        {children}
      </Button>
    );
  }
  return (
    <Button {...rest} icon={CloudOff}>
      <span>
        {children} <span class="button-aside">({t().pharmacy.offline})</span>
      </span>
    </Button>
  );
}
