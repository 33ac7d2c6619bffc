import { MapPinOff, Pencil, Plus, Printer, QrCode, Wrench } from 'lucide-preact';
import { useState } from 'preact/hooks';
import type { Dispenser, Ward } from '../api/types';
import { matches, readDispensers } from '../dispensers/dispensers';
import { t } from '../language';
import { Button, ButtonLink } from '../parts/button';
import { download } from '../parts/download';
import { Screen } from '../parts/screen';
import { SearchField } from '../parts/search-field';
import { Empty, Loading, Trouble } from '../parts/states';
import { useAction } from '../parts/use-action';
import { useAnswer } from '../parts/use-answer';
import { places } from '../places';
import { LabelDialog } from './label-dialog';
import { placeOf, readWards, standsOn } from './read-wards';
import { Standing } from './standing';
import './wards.css';

export function Wards() {
  const words = t().administration.wards;
  const [search, setSearch] = useState('');
  const [labelled, setLabelled] = useState<Dispenser>();
  const wards = useAnswer('wards', readWards);
  const dispensers = useAnswer('dispensers', readDispensers, { isKept: true });
  const sheet = useAction(() => download('/dispensers/labels.pdf', `${words.labelsFile}.pdf`));
  const failure = wards.failure ?? dispensers.failure;
  const isThere = wards.data && dispensers.data;
  const found = (dispensers.data ?? []).filter(({ name, ward, code, reference }) =>
    matches(search, `${name} ${ward} ${code} ${reference ?? ''}`),
  );
  const shown = (wards.data ?? [])
    .map((ward) => ({ ward, held: found.filter((dispenser) => standsOn(dispenser, ward)) }))
    .filter(({ held }) => held.length > 0 || search.trim() === '');
  return (
    <Screen title={words.title} isWide>
      <div class="list-tools">
        <SearchField label={words.search} value={search} onValue={setSearch} />
        <ButtonLink icon={Plus} href={places.cabinet('novo')}>
          {words.add}
        </ButtonLink>
        {found.length > 0 && (
          <Button kind="quiet" icon={Printer} isBusy={sheet.isBusy} onClick={() => void sheet.run()}>
            {words.allSheets}
          </Button>
        )}
      </div>
      {failure && (
        <Trouble error={failure} again={() => void Promise.all([wards.again(), dispensers.again()])} />
      )}
      {!isThere && !failure && <Loading rows={6} />}
      {isThere && shown.length === 0 && (
        <Empty icon={MapPinOff}>{search.trim() ? words.none : words.empty}</Empty>
      )}
      {isThere && (
        <div class="wards">
          {shown.map(({ ward, held }) => (
            <WardCard key={ward.id} ward={ward} held={held} onLabel={setLabelled} />
          ))}
        </div>
      )}
      {labelled && <LabelDialog dispenser={labelled} onClose={() => setLabelled(undefined)} />}
    </Screen>
  );
}

interface WardProps {
  ward: Ward;
  held: Dispenser[];
  onLabel: (dispenser: Dispenser) => void;
}

function WardCard({ ward, held, onLabel }: WardProps) {
  const words = t().administration.wards;
  const sheet = useAction(() =>
    download(
      `/dispensers/labels.pdf?ward=${encodeURIComponent(ward.name)}`,
      `${words.labelsFile} ${ward.name}.pdf`,
    ),
  );
  return (
    <section class="ward">
      <header class="ward-head">
        <div>
          <h2>{ward.name}</h2>
          <p class="soft">
            {[placeOf(ward), words.dispensers(ward.active_dispensers)].filter(Boolean).join(' · ')}
          </p>
        </div>
        <div class="ward-tools">
          {ward.active_dispensers > 0 && (
            <Button kind="quiet" icon={Printer} isBusy={sheet.isBusy} onClick={() => void sheet.run()}>
              {words.sheet}
            </Button>
          )}
          <ButtonLink kind="quiet" icon={Pencil} href={places.ward(ward.id)}>
            {t().general.edit}
            <span class="unseen">{ward.name}</span>
          </ButtonLink>
        </div>
      </header>
      <ul>
        {held.map((dispenser) => (
          <DispenserRow key={dispenser.id} dispenser={dispenser} onLabel={onLabel} />
        ))}
      </ul>
    </section>
  );
}

function DispenserRow({
  dispenser,
  onLabel,
}: {
  dispenser: Dispenser;
  onLabel: (dispenser: Dispenser) => void;
}) {
  const words = t().administration;
  const { id, name, code, reference, is_active, open_service_calls } = dispenser;
  return (
    <li class="ward-dispenser">
      <a href={places.holdings(id)} class="two-lines">
        <strong>{name}</strong>
        <span class="soft">{[readableCode(code), reference].filter(Boolean).join(' · ')}</span>
      </a>
      {open_service_calls > 0 && (
        <span class="standing">
          <Wrench aria-hidden="true" size={20} />
          {words.dispenser.openCalls(open_service_calls)}
        </span>
      )}
      {!is_active && <Standing is="off">{words.inactive}</Standing>}
      <div class="ward-tools">
        {is_active && (
          <Button kind="quiet" icon={QrCode} onClick={() => onLabel(dispenser)}>
            {words.dispenser.label}
          </Button>
        )}
        <ButtonLink kind="quiet" icon={Pencil} href={places.cabinet(id)}>
          {words.dispenser.data}
        </ButtonLink>
      </div>
    </li>
  );
}

/** As it is printed on the label. */
function readableCode(code: string): string {
  return `${code.slice(0, 4)} ${code.slice(4)}`;
}
