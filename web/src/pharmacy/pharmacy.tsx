/** The screens of the pharmacy: what waits, what one has in hand, and what one did. */
import { ClipboardList, History, Inbox, UserRound } from 'lucide-preact';
import { Route, Router } from 'preact-iso';
import { useEffect, useMemo } from 'preact/hooks';
import { Elsewhere } from '../app';
import { t } from '../language';
import { readReasons } from '../orders/reasons';
import { countInTitle } from '../parts/page-title';
import { Shell, type Tab } from '../parts/tabs';
import { places } from '../places';
import { Profile } from '../profile/profile';
import { allowSound } from '../sounds';
import { watchAlerts } from './alerts';
import { DeliveryScreen } from './delivery';
import { Desk } from './desk';
import { isDesk } from './desk-width';
import { HistoryScreen } from './history';
import { OrderScreen } from './order';
import { mineIn, openPharmacyBook, PharmacyBook, waitingIn } from './pharmacy-book';
import { QueueScreen } from './queue';
import { RingingBar } from './ringing-bar';
import { TripsScreen } from './trips';

export default function Pharmacy() {
  const book = useMemo(openPharmacyBook, []);
  useEffect(() => () => book.close(), [book]);
  useEffect(() => watchAlerts(book), [book]);
  useEffect(() => void readReasons(), []);
  useEffect(() => {
    // The first tap anywhere is as good as one on the switch for the sound.
    const allow = () => void allowSound();
    addEventListener('click', allow, { once: true, capture: true });
    return () => removeEventListener('click', allow, true);
  }, []);

  const waiting = waitingIn(book).length;
  useEffect(() => countInTitle(waiting), [waiting]);
  useEffect(() => () => countInTitle(0), []);

  const isWide = isDesk.value;
  const words = t().pharmacy.tabs;
  const queue: Tab = { href: places.queue, label: words.queue, icon: Inbox, count: waiting };
  const mine: Tab = {
    href: places.trips,
    label: words.mine,
    icon: ClipboardList,
    count: mineIn(book).length,
    also: [places.delivery, places.order('')],
  };
  const tabs: Tab[] = [
    // A desk shows the queue, one's own and the order beside each other.
    ...(isWide ? [{ ...queue, also: [places.trips, places.delivery, places.order('')] }] : [queue, mine]),
    { href: places.history, label: words.history, icon: History },
    { href: places.profile, label: t().profile.tab, icon: UserRound },
  ];
  return (
    <PharmacyBook.Provider value={book}>
      <Shell tabs={tabs} isNarrow>
        <RingingBar />
        <Router>
          <Route path={places.queue} component={isWide ? Desk : QueueScreen} />
          <Route path={places.trips} component={isWide ? Desk : TripsScreen} />
          <Route path={places.order(':id')} component={isWide ? Desk : OrderScreen} />
          <Route path={places.delivery} component={isWide ? Desk : DeliveryScreen} />
          <Route path={places.history} component={HistoryScreen} />
          <Route path={places.profile} component={Profile} />
          <Route default component={Home} />
        </Router>
      </Shell>
    </PharmacyBook.Provider>
  );
}

function Home() {
  return <Elsewhere to={places.queue} />;
}
