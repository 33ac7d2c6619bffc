/** Says that there is no connection: calmly, since nothing is lost by it. */
import { CloudOff } from 'lucide-preact';
import { isOffline } from '../live/connection';
import { t } from '../language';
import './connection-bar.css';

export function ConnectionBar() {
  return (
    <div role="status" class="connection-status">
      {isOffline.value && (
        <p class="connection-bar">
          <CloudOff aria-hidden="true" size={20} />
          {t().general.connection.offline}
        </p>
      )}
    </div>
  );
}
