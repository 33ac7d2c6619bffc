/** Who is on duty, and which dispensers are out of order: neither is told on the stream, so both are asked again. */
import { useEffect } from 'preact/hooks';
import { api, answer } from '../api/client';
import type { OnDutyPerson, ServiceCall } from '../api/types';
import { t } from '../language';
import { ago } from '../language/format';
import { reasonLabel } from '../orders/reasons';
import { Trouble } from '../parts/states';
import { useAnswer, type Answer } from '../parts/use-answer';

const EVERY = 30_000;

export function useOnDuty(): Answer<OnDutyPerson[]> {
  return useAgain(
    useAnswer('on duty', async () => {
      const query = { role: 'technician' } as const;
      return (await answer(api.GET('/on_duty', { params: { query } }))).items;
    }),
  );
}

export function useOpenCalls(): Answer<ServiceCall[]> {
  return useAgain(
    useAnswer('open calls', async () => {
      const query = { is_open: true, limit: 200 };
      return (await answer(api.GET('/service-calls', { params: { query } }))).items;
    }),
  );
}

function useAgain<T>(asked: Answer<T>): Answer<T> {
  const { again } = asked;
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void again();
    }, EVERY);
    return () => clearInterval(timer);
  }, [again]);
  return asked;
}

export function OnDuty({ people: { data, failure, again } }: { people: Answer<OnDutyPerson[]> }) {
  const words = t().management.now;
  return (
    <section class="section" id="de-plantao">
      <h2>{words.onDuty}</h2>
      {failure && !data && <Trouble error={failure} again={() => void again()} />}
      {data?.length === 0 && <p class="now-alarm">{words.nobodyOnDuty}</p>}
      <ul class="now-list">
        {data?.map(({ id, name, on_duty_since }) => (
          <li key={id}>
            <strong>{name}</strong>
            {on_duty_since && <span class="soft">{ago(on_duty_since)}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function OpenCalls({ calls: { data, failure, again } }: { calls: Answer<ServiceCall[]> }) {
  const words = t().management.now;
  return (
    <section class="section" id="chamados">
      <h2>{words.calls}</h2>
      {failure && !data && <Trouble error={failure} again={() => void again()} />}
      {data?.length === 0 && <p class="soft">{words.noCalls}</p>}
      <ul class="now-list">
        {data?.map(({ id, dispenser, kind, note, opened_at, worked_by }) => (
          <li key={id}>
            <span>
              <strong>{dispenser.name ?? t().orders.unknownDispenser}</strong>
              <br />
              {[reasonLabel(kind), note].filter(Boolean).join(' · ')}
              <br />
              <span class="soft">{worked_by ? words.workedBy(worked_by.name) : words.notStarted}</span>
            </span>
            <span class="soft">{ago(opened_at)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
