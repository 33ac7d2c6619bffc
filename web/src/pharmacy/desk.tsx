/** The pharmacy at a desk: what waits, what one has in hand, and one order, beside each other. */
import { Keyboard, MousePointerClick } from 'lucide-preact';
import { useLocation, useRoute } from 'preact-iso';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../language';
import { IconButton } from '../parts/button';
import { ConnectionBar } from '../parts/connection-bar';
import { entitle } from '../parts/page-title';
import { Empty } from '../parts/states';
import { places } from '../places';
import { Delivery } from './delivery';
import { Pane } from './frame';
import { useKeys } from './keys';
import { KeysHelp } from './keys-help';
import { PharmacyOrder } from './order';
import { Queue } from './queue';
import { Trips } from './trips';
import './desk.css';

export function Desk() {
  const words = t().pharmacy;
  const { params } = useRoute();
  const { path, route } = useLocation();
  const desk = useRef<HTMLDivElement>(null);
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const id = params['id'];
  useEffect(() => entitle(words.queue.title), [words]);
  useKeys(desk, {
    selected: id,
    onSelect: (next) => route(places.order(next), true),
    onHelp: () => setIsHelpOpen(true),
  });
  return (
    <div class="desk" ref={desk}>
      <h1 class="unseen">{words.desk}</h1>
      <ConnectionBar />
      <div class="desk-columns">
        <Queue frame={Pane} selected={id} hasSearch />
        <Trips frame={Pane} selected={id} />
        <div class="desk-order">
          {path === places.delivery ? (
            <Delivery frame={Pane} />
          ) : id === undefined ? (
            <Pane title={t().orders.title}>
              <Empty icon={MousePointerClick}>{words.order.choose}</Empty>
            </Pane>
          ) : (
            <PharmacyOrder key={id} id={id} frame={Pane} />
          )}
        </div>
      </div>
      <div class="desk-help">
        <IconButton
          icon={Keyboard}
          label={words.keys.open}
          aria-keyshortcuts="?"
          onClick={() => setIsHelpOpen(true)}
        />
      </div>
      {isHelpOpen && <KeysHelp onClose={() => setIsHelpOpen(false)} />}
    </div>
  );
}
