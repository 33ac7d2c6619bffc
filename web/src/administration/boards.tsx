import { CircleX, MonitorCheck, Plus } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import type { Board, BoardWithToken } from '../api/types';
import { t } from '../language';
import { date, dateTime } from '../language/format';
import { AskFirst } from '../parts/ask-first';
import { Button } from '../parts/button';
import { CopyText } from '../parts/copy-text';
import { TextField } from '../parts/field';
import { Screen } from '../parts/screen';
import { Empty, Loading, Trouble } from '../parts/states';
import { Table, type Column } from '../parts/table';
import { say } from '../parts/toasts';
import { useAnswer } from '../parts/use-answer';
import { useForm } from '../parts/use-form';
import { places } from '../places';
import { Standing } from './standing';

/** Wall screens: each has an address that is shown once. */
export function Boards() {
  const words = t().administration.boards;
  const [created, setCreated] = useState<BoardWithToken>();
  const [revoking, setRevoking] = useState<Board>();
  const { data, failure, again } = useAnswer('boards', async () => (await answer(api.GET('/boards'))).items);
  const revoke = async ({ id }: Board) => {
    await answer(api.DELETE('/boards/{id}', { params: { path: { id } } }));
    if (created?.id === id) setCreated(undefined);
    say(words.isRevoked);
    void again();
  };
  const boards = [...(data ?? [])].sort(
    (a, b) => Number(Boolean(a.revoked_at)) - Number(Boolean(b.revoked_at)),
  );
  return (
    <Screen title={words.title} isWide>
      <p class="soft">{words.about}</p>
      <CreateBoard
        onCreated={(board) => {
          setCreated(board);
          void again();
        }}
      />
      {created && (
        <section class="section form" aria-live="polite">
          <h2>{words.createdTitle(created.name)}</h2>
          <p>{words.once}</p>
          <CopyText label={words.title} text={`${location.origin}${places.board}#${created.token}`} />
        </section>
      )}
      {failure && <Trouble error={failure} again={() => void again()} />}
      {!data && !failure && <Loading />}
      {data?.length === 0 && <Empty icon={MonitorCheck}>{words.none}</Empty>}
      {boards.length > 0 && (
        <Table
          label={words.title}
          columns={columns(setRevoking)}
          rows={boards}
          keyOf={({ id }) => id}
          isQuiet={({ revoked_at }) => Boolean(revoked_at)}
        />
      )}
      {revoking && (
        <AskFirst
          title={words.revokeTitle(revoking.name)}
          does={words.revoke}
          onDo={() => revoke(revoking)}
          onClose={() => setRevoking(undefined)}
        >
          {words.revokeText}
        </AskFirst>
      )}
    </Screen>
  );
}

function CreateBoard({ onCreated }: { onCreated: (board: BoardWithToken) => void }) {
  const words = t().administration.boards;
  const [name, setName] = useState('');
  const form = useForm(async () => {
    onCreated(await answer(api.POST('/boards', { body: { name } })));
    setName('');
  });
  return (
    <form class="field-beside board-new" onSubmit={form.onSubmit}>
      <TextField
        label={words.name}
        hint={words.nameExample}
        required
        maxLength={200}
        value={name}
        error={form.errors['/name']}
        onValue={setName}
      />
      <Button icon={Plus} type="submit" class="field-button" isBusy={form.isBusy}>
        {words.create}
      </Button>
    </form>
  );
}

function columns(onRevoke: (board: Board) => void): Column<Board>[] {
  const words = t().administration.boards;
  return [
    { head: words.name, cell: ({ name }) => name },
    { head: words.created, cell: ({ created_at }) => date(created_at) },
    {
      head: words.standing,
      cell: ({ revoked_at }) => (
        <Standing is={revoked_at ? 'off' : 'good'}>
          {revoked_at ? words.revoked(dateTime(revoked_at)) : words.active}
        </Standing>
      ),
    },
    {
      head: words.revoke,
      isAction: true,
      cell: (board) =>
        board.revoked_at ? null : (
          <Button kind="danger" icon={CircleX} onClick={() => onRevoke(board)}>
            {words.revoke}
          </Button>
        ),
    },
  ];
}
