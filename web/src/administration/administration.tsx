/** The screens of who keeps users, dispensers, medications and settings. */
import {
  Activity,
  ListChecks,
  MailWarning,
  MapPinned,
  MonitorCheck,
  Pill,
  UserRound,
  UsersRound,
} from 'lucide-preact';
import { Route, Router } from 'preact-iso';
import { useEffect } from 'preact/hooks';
import { Elsewhere } from '../app';
import { t } from '../language';
import { AllTabs, Shell, type Tab } from '../parts/tabs';
import { places } from '../places';
import { Profile } from '../profile/profile';
import { user } from '../session';
import { Audit } from '../management/audit';
import { managementTabs } from '../management/management';
import { Now } from '../management/now';
import { OpenOrders } from '../management/open-orders';
import { OrderScreen } from '../management/order';
import { Orders } from '../management/orders';
import { Figures, StockOuts } from '../management/soon';
import { readReasons } from '../orders/reasons';
import { Boards } from './boards';
import { DeadLetters } from './dead-letters';
import { DispenserData } from './dispenser-data';
import { Holdings } from './holdings';
import { ImportScreen } from './import';
import { Imports } from './imports';
import { MedicationScreen } from './medication';
import { Medications } from './medications';
import { Settings } from './settings';
import { System } from './system';
import { UserScreen } from './user';
import { Users } from './users';
import { WardScreen } from './ward';
import { Wards } from './wards';
import './administration.css';

export default function Administration() {
  const tabs = allTabs();
  const who = user.value;
  useEffect(() => void readReasons(), []);
  return (
    <OpenOrders>
      <Shell tabs={tabs} more={places.more} foot={who && <p class="small soft">{who.name}</p>}>
        <Router>
          <Route path={places.now} component={Now} />
          <Route path={places.figures} component={Figures} />
          <Route path={places.orders} component={Orders} />
          <Route path={places.order(':id')} component={OrderScreen} />
          <Route path={places.stockOuts} component={StockOuts} />
          <Route path={places.audit} component={Audit} />
          <Route path={places.users} component={Users} />
          <Route path={places.user(':id')} component={UserScreen} />
          <Route path={places.wards} component={Wards} />
          <Route path={places.ward(':id')} component={WardScreen} />
          <Route path={places.holdings(':id')} component={Holdings} />
          <Route path={places.cabinet(':id')} component={DispenserData} />
          <Route path={places.medications} component={Medications} />
          <Route path={places.medication(':id')} component={MedicationScreen} />
          <Route path={places.imports} component={Imports} />
          <Route path={places.import(':id')} component={ImportScreen} />
          <Route path={places.settings} component={Settings} />
          <Route path={places.boards} component={Boards} />
          <Route path={places.deadLetters} component={DeadLetters} />
          <Route path={places.system} component={System} />
          <Route path={places.profile} component={Profile} />
          <Route path={places.more} component={() => <AllTabs tabs={allTabs()} />} />
          <Route default component={() => <Elsewhere to={places.now} />} />
        </Router>
      </Shell>
    </OpenOrders>
  );
}

function allTabs(): Tab[] {
  const words = t().administration.tabs;
  const [now, ...beside] = managementTabs();
  return [
    ...(now ? [now] : []),
    { href: places.users, label: words.users, icon: UsersRound, also: [places.user('')] },
    {
      href: places.wards,
      label: words.wards,
      short: words.wardsShort,
      icon: MapPinned,
      also: [places.ward(''), places.holdings('')],
    },
    {
      href: places.medications,
      label: words.medications,
      short: words.medicationsShort,
      icon: Pill,
      also: [places.medication(''), places.imports],
    },
    { href: places.settings, label: words.settings, short: words.settingsShort, icon: ListChecks },
    { href: places.boards, label: words.boards, icon: MonitorCheck },
    ...beside,
    { href: places.deadLetters, label: words.deadLetters, icon: MailWarning },
    { href: places.system, label: words.system, icon: Activity },
    { href: places.profile, label: t().profile.tab, icon: UserRound },
  ];
}
