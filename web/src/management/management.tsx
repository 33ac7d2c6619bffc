/** The screens of who oversees: they read everything, and change nothing. */
import { Activity, ChartColumn, ClipboardList, PackageX, ScrollText, UserRound } from 'lucide-preact';
import { Route, Router } from 'preact-iso';
import { useEffect } from 'preact/hooks';
import { Elsewhere } from '../app';
import { t } from '../language';
import { readReasons } from '../orders/reasons';
import { AllTabs, Shell, type Tab } from '../parts/tabs';
import { places } from '../places';
import { Profile } from '../profile/profile';
import { Audit } from './audit';
import { Now } from './now';
import { OpenOrders } from './open-orders';
import { OrderScreen } from './order';
import { Orders } from './orders';
import { Figures, StockOuts } from './soon';

/** The ways to the overseer's screens; an administrator has them beside their own. */
export function managementTabs(): Tab[] {
  const words = t().management.tabs;
  return [
    { href: places.now, label: words.now, icon: Activity },
    { href: places.figures, label: words.figures, short: words.figuresShort, icon: ChartColumn },
    { href: places.orders, label: words.orders, icon: ClipboardList, also: [places.order('')] },
    { href: places.stockOuts, label: words.stockOuts, icon: PackageX },
    { href: places.audit, label: words.audit, icon: ScrollText },
  ];
}

export default function Management() {
  useEffect(() => void readReasons(), []);
  const tabs = [...managementTabs(), { href: places.profile, label: t().profile.tab, icon: UserRound }];
  return (
    <OpenOrders>
      <Shell tabs={tabs} more={places.more}>
        <Router>
          <Route path={places.now} component={Now} />
          <Route path={places.figures} component={Figures} />
          <Route path={places.orders} component={Orders} />
          <Route path={places.order(':id')} component={OrderScreen} />
          <Route path={places.stockOuts} component={StockOuts} />
          <Route path={places.audit} component={Audit} />
          <Route path={places.profile} component={Profile} />
          <Route path={places.more} component={() => <AllTabs tabs={tabs} />} />
          <Route default component={() => <Elsewhere to={places.now} />} />
        </Router>
      </Shell>
    </OpenOrders>
  );
}
