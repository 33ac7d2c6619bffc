import { PackageCheck, PackageX, Pill, QrCode } from 'lucide-preact';
import { useLocation, useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import { t } from '../language';
import { AskFirst } from '../parts/ask-first';
import { Button, ButtonLink } from '../parts/button';
import { Screen } from '../parts/screen';
import { Loading, Trouble } from '../parts/states';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { useAnswer } from '../parts/use-answer';
import { places } from '../places';
import { DispenserForm } from './dispenser-form';
import { LabelDialog } from './label-dialog';
import { placeOf, readWards } from './read-wards';

const NEW = 'novo';

/** What a dispenser is called and where it stands. */
export function DispenserData() {
  const { params } = useRoute();
  const id = params['id'] ?? '';
  return id === NEW ? <CreateDispenser /> : <EditDispenser key={id} id={id} />;
}

function CreateDispenser() {
  const words = t().administration.dispenser;
  const { route } = useLocation();
  const wards = useAnswer('wards', readWards);
  return (
    <Screen title={words.newTitle} onBack={() => route(places.wards)} isWide>
      {wards.failure && <Trouble error={wards.failure} again={() => void wards.again()} />}
      {!wards.data && !wards.failure && <Loading rows={4} />}
      {wards.data && (
        <DispenserForm
          wards={wards.data}
          onSaved={({ id }) => {
            say(words.created, { lasts: 8000 });
            route(places.cabinet(id), true);
          }}
        />
      )}
    </Screen>
  );
}

function EditDispenser({ id }: { id: string }) {
  const words = t().administration.dispenser;
  const { route } = useLocation();
  const [dialog, setDialog] = useState<'label' | 'deactivate'>();
  const path = { path: { id } };
  const wards = useAnswer('wards', readWards);
  const dispenser = useAnswer(`dispenser ${id}`, () => answer(api.GET('/dispensers/{id}', { params: path })));
  const setActive = useAction(async (is_active: boolean) => {
    dispenser.put(await answer(api.PATCH('/dispensers/{id}', { params: path, body: { is_active } })));
    say(is_active ? words.reactivated : words.deactivated);
  });
  const { data } = dispenser;
  const failure = dispenser.failure ?? wards.failure;
  return (
    <Screen
      title={data?.name ?? words.data}
      under={data && [data.ward, placeOf(data)].filter(Boolean).join(' · ')}
      onBack={() => route(places.wards)}
      isWide
    >
      {failure && (
        <Trouble error={failure} again={() => void Promise.all([dispenser.again(), wards.again()])} />
      )}
      {!data && !failure && <Loading rows={4} />}
      {data && (
        <div class="form-actions">
          <ButtonLink icon={Pill} href={places.holdings(id)}>
            {words.medications}
          </ButtonLink>
          <Button icon={QrCode} onClick={() => setDialog('label')}>
            {words.label}
          </Button>
        </div>
      )}
      {data?.is_active === false && <p class="notice">{words.isInactive}</p>}
      {data && wards.data && (
        <DispenserForm
          key={data.updated_at}
          dispenser={data}
          wards={wards.data}
          onSaved={(saved) => {
            dispenser.put(saved);
            void wards.again();
            say(words.saved);
          }}
        >
          {data.is_active ? (
            <Button kind="danger" icon={PackageX} onClick={() => setDialog('deactivate')}>
              {t().administration.deactivate}
            </Button>
          ) : (
            <Button icon={PackageCheck} isBusy={setActive.isBusy} onClick={() => void setActive.run(true)}>
              {t().administration.reactivate}
            </Button>
          )}
        </DispenserForm>
      )}
      {data && dialog === 'label' && <LabelDialog dispenser={data} onClose={() => setDialog(undefined)} />}
      {data && dialog === 'deactivate' && (
        <AskFirst
          title={words.deactivateTitle(data.name)}
          does={t().administration.deactivate}
          onDo={() => setActive.run(false)}
          onClose={() => setDialog(undefined)}
        >
          {words.deactivateText}
        </AskFirst>
      )}
    </Screen>
  );
}
