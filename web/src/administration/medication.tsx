import { useLocation, useRoute } from 'preact-iso';
import { answer, api } from '../api/client';
import type { Medication } from '../api/types';
import { t } from '../language';
import { plainDate } from '../language/format';
import { Screen } from '../parts/screen';
import { Loading, Trouble } from '../parts/states';
import { say } from '../parts/toasts';
import { useAnswer } from '../parts/use-answer';
import { places } from '../places';
import { Lots } from './lots';
import { MedicationForm } from './medication-form';
import { Standing } from './standing';
import './medication.css';

const NEW = 'novo';

/** A product of the catalogue: what the pharmacy says of it, its lots, and what the register says. */
export function MedicationScreen() {
  const { params } = useRoute();
  const id = params['id'] ?? '';
  return id === NEW ? <CreateMedication /> : <EditMedication key={id} id={id} />;
}

function CreateMedication() {
  const words = t().administration.medication;
  const { route } = useLocation();
  return (
    <Screen title={words.newTitle} onBack={() => route(places.medications)} isWide>
      <MedicationForm
        onSaved={({ id }) => {
          say(words.created);
          route(places.medication(id), true);
        }}
      />
    </Screen>
  );
}

function EditMedication({ id }: { id: string }) {
  const words = t().administration.medication;
  const { route } = useLocation();
  const { data, failure, again, put } = useAnswer(`medication ${id}`, () =>
    answer(api.GET('/medications/{id}', { params: { path: { id } } })),
  );
  return (
    <Screen
      title={data?.name ?? t().administration.medications.title}
      onBack={() => route(places.medications)}
      isWide
    >
      {failure && <Trouble error={failure} again={() => void again()} />}
      {!data && !failure && <Loading rows={5} />}
      {data && (
        <div class="medication-screen">
          <MedicationForm
            key={data.updated_at}
            medication={data}
            onSaved={(saved) => {
              put(saved);
              say(words.saved);
            }}
          />
          <div class="section medication-beside">
            <Lots medicationId={id} />
            <Register medication={data} />
          </div>
        </div>
      )}
    </Screen>
  );
}

/** What an import took from the regulator: it can't be changed here. */
function Register({ medication }: { medication: Medication }) {
  const words = t().administration.medication;
  const { registration, active_ingredient, category, holder, registration_expires_on, is_registered } =
    medication;
  const facts: [string, string | null | undefined][] = [
    [words.registration, registration],
    [words.ingredient, active_ingredient],
    [words.category, category],
    [words.holder, holder],
    [words.validUntil, registration_expires_on && plainDate(registration_expires_on)],
  ];
  const known = facts.filter(([, fact]) => fact);
  if (known.length === 0) return null;
  return (
    <section class="section">
      <h2>{words.register}</h2>
      {typeof is_registered === 'boolean' && (
        <Standing is={is_registered ? 'good' : 'bad'}>
          {is_registered ? words.isRegistered : words.isNotRegistered}
        </Standing>
      )}
      <dl class="facts">
        {known.map(([word, fact]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{fact}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
