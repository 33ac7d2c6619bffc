import { MapPinOff, Search } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { matches, readDispensers } from '../dispensers/dispensers';
import { t } from '../language';
import { Screen } from '../parts/screen';
import { SearchField } from '../parts/search-field';
import { Empty, Loading, Trouble } from '../parts/states';
import { useAnswer } from '../parts/use-answer';
import { places } from '../places';

export function DispenserList() {
  const words = t().nursing.list;
  const [search, setSearch] = useState('');
  const { data, failure, again } = useAnswer('dispensers', readDispensers, { isKept: true });
  const found = (data ?? [])
    .filter(({ is_active, name, ward, code }) => is_active && matches(search, `${name} ${ward} ${code}`))
    .sort((a, b) => a.ward.localeCompare(b.ward, 'pt-BR') || a.name.localeCompare(b.name, 'pt-BR'));
  const wards = [...new Set(found.map(({ ward }) => ward))];
  return (
    <Screen title={words.title} onBack={() => history.back()}>
      <SearchField label={words.search} value={search} onValue={setSearch} />
      {!data && failure && <Trouble error={failure} again={() => void again()} />}
      {!data && !failure && <Loading rows={6} />}
      {data && found.length === 0 && <Empty icon={search ? Search : MapPinOff}>{words.none}</Empty>}
      {wards.map((ward) => (
        <section key={ward} class="section">
          <h2>{ward}</h2>
          <ul class="cards">
            {found
              .filter((dispenser) => dispenser.ward === ward)
              .map(({ id, name, wing, floor }) => (
                <li key={id}>
                  <a class="card" href={places.dispenser(id)}>
                    <strong>{name}</strong>
                    {(wing ?? floor) && <span class="soft">{[wing, floor].filter(Boolean).join(' · ')}</span>}
                  </a>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </Screen>
  );
}
