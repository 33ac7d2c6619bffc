import { Bell, UserPlus, UserRoundX } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { allPages, answer, api } from '../api/client';
import type { User } from '../api/types';
import { matches } from '../dispensers/dispensers';
import { t } from '../language';
import { Button, ButtonLink } from '../parts/button';
import { Screen } from '../parts/screen';
import { SearchField } from '../parts/search-field';
import { Empty, Loading, Trouble } from '../parts/states';
import { Table, type Column } from '../parts/table';
import { useAnswer } from '../parts/use-answer';
import { places } from '../places';
import { Standing } from './standing';

/** So many rows at once: more than anybody reads, less than a phone is slow with. */
const SHOWN = 100;

export function Users() {
  const words = t().administration.users;
  const [search, setSearch] = useState('');
  const [shown, setShown] = useState(SHOWN);
  const { data, failure, again } = useAnswer('users', readUsers);
  const found = (data ?? [])
    .filter(({ name, email }) => matches(search, `${name} ${email}`) || email.includes(search.trim()))
    .sort((a, b) => Number(b.is_active) - Number(a.is_active));
  return (
    <Screen title={words.title} under={data && words.count(data.length)} isWide>
      <div class="list-tools">
        <SearchField label={words.search} value={search} onValue={setSearch} />
        <ButtonLink icon={UserPlus} href={places.user('novo')}>
          {words.add}
        </ButtonLink>
      </div>
      {failure && <Trouble error={failure} again={() => void again()} />}
      {!data && !failure && <Loading rows={6} />}
      {data && found.length === 0 && <Empty icon={UserRoundX}>{words.none}</Empty>}
      {found.length > 0 && (
        <Table
          label={words.title}
          columns={columns()}
          rows={found.slice(0, shown)}
          keyOf={({ id }) => id}
          hrefOf={({ id }) => places.user(id)}
          isQuiet={({ is_active }) => !is_active}
        />
      )}
      {found.length > shown && (
        <Button kind="quiet" onClick={() => setShown(shown + SHOWN)}>
          {t().administration.more(found.length - shown)}
        </Button>
      )}
    </Screen>
  );
}

function columns(): Column<User>[] {
  const words = t().administration.users;
  return [
    {
      head: words.name,
      cell: ({ name, email }) => (
        <span class="two-lines">
          {name}
          <span class="soft">{email}</span>
        </span>
      ),
    },
    { head: words.role, cell: ({ role }) => t().general.role[role] },
    {
      head: words.standing,
      cell: ({ is_active }) => (
        <Standing is={is_active ? 'good' : 'off'}>{is_active ? words.active : words.inactive}</Standing>
      ),
    },
    {
      head: words.duty,
      cell: ({ is_on_duty }) =>
        is_on_duty ? (
          <span class="standing">
            <Bell aria-hidden="true" size={20} />
            {words.onDuty}
          </span>
        ) : (
          <span class="soft">{words.offDuty}</span>
        ),
    },
  ];
}

function readUsers(): Promise<User[]> {
  return allPages((cursor) =>
    answer(api.GET('/users', { params: { query: { limit: 200, ...(cursor && { cursor }) } } })),
  );
}
