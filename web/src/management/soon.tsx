/** Screens whose place is here already: what they will show, so that nobody looks for it elsewhere. */
import { ChartColumn, PackageX, type LucideIcon } from 'lucide-preact';
import { t } from '../language';
import { ButtonLink } from '../parts/button';
import { Screen } from '../parts/screen';
import { Empty } from '../parts/states';
import { places } from '../places';
import './soon.css';

export function Figures() {
  const words = t().management.figures;
  return (
    <Soon title={words.title} icon={ChartColumn} will={words.will}>
      <ButtonLink href={places.now}>{t().management.tabs.now}</ButtonLink>
    </Soon>
  );
}

export function StockOuts() {
  const words = t().management.stockOuts;
  return (
    <Soon title={words.title} icon={PackageX} will={words.will}>
      <ButtonLink href={`${places.orders}?estado=rejected`}>{words.meanwhile}</ButtonLink>
    </Soon>
  );
}

interface Props {
  title: string;
  icon: LucideIcon;
  /** What will be here, one thing a line. */
  will: string;
  /** Where to look meanwhile. */
  children: preact.ComponentChildren;
}

function Soon({ title, icon, will, children }: Props) {
  return (
    <Screen title={title}>
      <Empty icon={icon}>
        <h2>{t().management.soon}</h2>
        <p>{t().management.willBeHere}</p>
        <ul class="soon-list">
          {will.split('\n').map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        {children}
      </Empty>
    </Screen>
  );
}
