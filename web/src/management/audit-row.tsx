import { t } from '../language';
import { dateTime } from '../language/format';
import type { AuditRow } from '../api/types';
import { places } from '../places';
import { factsOf, shortened, type NameOf } from './audit-facts';

interface Props {
  row: AuditRow;
  nameOf: NameOf;
}

/** One row of the record: what, about what, by whom, when; and for who wants to check it, its hash. */
export function AuditRowItem({ row, nameOf }: Props) {
  const words = t().management.audit;
  const { kind, subject_id, at, by, data, hash, seq } = row;
  const isOfOrder = kind.startsWith('order.');
  const about = subject_id ? nameOf(subject_id) : undefined;
  const facts = factsOf(kind, data, nameOf);
  return (
    <li class="card audit-row">
      <div class="audit-head">
        <h2 class="audit-what">{(words.kinds as Record<string, string>)[kind] ?? kind}</h2>
        {about && <p class="audit-about">{about}</p>}
        <p>
          {by.name} <span class="soft">· {t().general.role[by.role]}</span>
        </p>
      </div>
      <time class="audit-time soft" dateTime={at}>
        {dateTime(at)}
      </time>
      {facts.length > 0 && (
        <ul class="audit-facts">
          {facts.map(({ field, before, value }) => (
            <li key={field}>
              <span class="soft">{field}:</span>{' '}
              {before !== undefined && (
                <>
                  <span class="soft">{before}</span> <span aria-hidden="true">→</span>
                  <span class="unseen">{words.became}</span>{' '}
                </>
              )}
              {value}
            </li>
          ))}
        </ul>
      )}
      <div class="row audit-foot">
        {isOfOrder && subject_id && (
          <a class="audit-link" href={places.order(subject_id)}>
            {words.openOrder}
          </a>
        )}
        <details class="audit-details">
          <summary>{words.details(shortened(hash))}</summary>
          <dl>
            <dt>{words.number}</dt>
            <dd>{seq}</dd>
            <dt>{words.kind}</dt>
            <dd>{kind}</dd>
            {subject_id && (
              <>
                <dt>{words.subject}</dt>
                <dd>{subject_id}</dd>
              </>
            )}
            <dt>{words.hash}</dt>
            <dd>{hash}</dd>
            {data !== undefined && data !== null && (
              <>
                <dt>{words.data}</dt>
                <dd>
                  <pre>{JSON.stringify(data, null, 2)}</pre>
                </dd>
              </>
            )}
          </dl>
        </details>
      </div>
    </li>
  );
}
