/** The screens of who orders. */
import { ClipboardList, CirclePlus, UserRound } from 'lucide-preact';
import { Route, Router } from 'preact-iso';
import { useEffect, useMemo } from 'preact/hooks';
import { api, answer } from '../api/client';
import { Elsewhere } from '../app';
import { t } from '../language';
import { openBook } from '../live/order-book';
import { readReasons } from '../orders/reasons';
import { Shell } from '../parts/tabs';
import { places } from '../places';
import { Profile } from '../profile/profile';
import { user } from '../session';
import { DispenserList } from './dispenser-list';
import { DispenserScreen } from './dispenser';
import { MyBook } from './my-book';
import { MyOrders } from './my-orders';
import { OrderScreen } from './order';
import { Scanner } from './scanner';
import { Start } from './start';
import { TroubleScreen } from './trouble';
import { unsent } from '../outbox';

/** So many of one's orders are listed: some days' worth. */
const LISTED = 50;

export default function Nursing() {
  const id = user.value?.id ?? '';
  const book = useMemo(
    () =>
      openBook({
        which: { isMine: true },
        read: async () => {
          const query = { requested_by: id, limit: LISTED };
          return (await answer(api.GET('/orders', { params: { query } }))).items;
        },
        wants: (order) => order.requested_by.id === id,
      }),
    [id],
  );
  useEffect(() => () => book.close(), [book]);
  useEffect(() => void readReasons(), []);
  const tabs = [
    {
      href: places.start,
      label: t().nursing.tabs.order,
      icon: CirclePlus,
      also: [places.scanner, places.dispensers, places.dispenser('')],
    },
    {
      href: places.myOrders,
      label: t().nursing.tabs.orders,
      icon: ClipboardList,
      count: unsent.value.length,
      also: [places.order('')],
    },
    { href: places.profile, label: t().profile.tab, icon: UserRound },
  ];
  return (
    <MyBook.Provider value={book}>
      <Shell tabs={tabs}>
        <Router>
          <Route path={places.start} component={Start} />
          <Route path={places.scanner} component={Scanner} />
          <Route path={places.dispensers} component={DispenserList} />
          <Route path={places.dispenser(':id')} component={DispenserScreen} />
          <Route path={places.trouble(':id')} component={TroubleScreen} />
          <Route path={places.myOrders} component={MyOrders} />
          <Route path={places.order(':id')} component={OrderScreen} />
          <Route path={places.profile} component={Profile} />
          <Route default component={() => <Elsewhere to={places.start} />} />
        </Router>
      </Shell>
    </MyBook.Provider>
  );
}
