import { CircleCheck, CircleX } from 'lucide-preact';
import { useEffect } from 'preact/hooks';
import { api, problem } from '../api/client';
import { asFailure } from '../api/failure';
import type { CheckResult, Readiness } from '../api/types';
import { serverNow } from '../clock';
import { t } from '../language';
import { ago } from '../language/format';
import { Screen } from '../parts/screen';
import { Loading, Trouble } from '../parts/states';
import { useAnswer } from '../parts/use-answer';
import { Standing } from './standing';
import './system.css';

const EACH = 10_000;

/** Whether this server works, and which part of it does not. */
export function System() {
  const words = t().administration.system;
  const { data, failure, again } = useAnswer('readiness', readReadiness);
  useEffect(() => {
    const timer = setInterval(() => void again(), EACH);
    return () => clearInterval(timer);
  }, [again]);
  return (
    <Screen title={words.title} under={data && words.version(data.version)} isWide>
      {failure && !data && <Trouble error={failure} again={() => void again()} />}
      {failure && data && <p class="notice is-bad">{words.unreachable}</p>}
      {!data && !failure && <Loading rows={5} />}
      {data && (
        <>
          <p class={data.status === 'ready' ? 'system-verdict is-good' : 'system-verdict is-bad'}>
            {data.status === 'ready' ? (
              <CircleCheck aria-hidden="true" size={32} />
            ) : (
              <CircleX aria-hidden="true" size={32} />
            )}
            <span>
              <strong>{verdictOf(data)}</strong>
              <span class="soft">{words.checked(ago(data.readAt))}</span>
            </span>
          </p>
          <ul class="system-checks">
            {Object.entries(data.checks).map(([name, check]) => (
              <Check key={name} name={name} check={check} />
            ))}
          </ul>
        </>
      )}
    </Screen>
  );
}

function Check({ name, check }: { name: string; check: CheckResult }) {
  const words = t().administration.system;
  const isOk = check.status === 'ok';
  return (
    <li class="card">
      <div class="card-head">
        <strong>{words.checks[name] ?? name}</strong>
        <Standing is={isOk ? 'good' : 'bad'}>{isOk ? words.ok : words.failed}</Standing>
      </div>
      {words.checkMeaning[name] && <p class="soft">{words.checkMeaning[name]}</p>}
      {check.reason && (
        <p>
          {words.reason}: <code lang="en">{check.reason}</code>
        </p>
      )}
    </li>
  );
}

interface Read extends Readiness {
  readAt: number;
}

/** "Not ready" is an answer too: it says why. */
async function readReadiness(): Promise<Read> {
  const { data, error, response } = await api.GET('/health/ready').catch((reason: unknown) => {
    throw asFailure(reason);
  });
  const said: unknown = data ?? error;
  if (typeof said === 'object' && said !== null && 'checks' in said)
    return { ...(said as Readiness), readAt: serverNow() };
  throw problem(response, said);
}

function verdictOf({ status }: Readiness): string {
  const words = t().administration.system;
  return status === 'ready' ? words.ready : words.notReady;
}
