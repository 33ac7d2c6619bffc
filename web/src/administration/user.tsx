import { UserPlus, UserRoundCheck, UserRoundX } from 'lucide-preact';
import { useLocation, useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import type { User, UserChange } from '../api/types';
import { t } from '../language';
import { AskFirst } from '../parts/ask-first';
import { Button, ButtonLink } from '../parts/button';
import { CopyText } from '../parts/copy-text';
import { Screen } from '../parts/screen';
import { Loading, Trouble } from '../parts/states';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { useAnswer } from '../parts/use-answer';
import { places } from '../places';
import { user as me, userChanged } from '../session';
import { UserForm } from './user-form';

const NEW = 'novo';

/** Somebody who signs in: made, changed, shut out. */
export function UserScreen() {
  const { params } = useRoute();
  const id = params['id'] ?? '';
  return id === NEW ? <CreateUser /> : <EditUser key={id} id={id} />;
}

function CreateUser() {
  const words = t().administration.users;
  const { route } = useLocation();
  const [created, setCreated] = useState<{ user: User; password: string }>();
  return (
    <Screen title={words.add} onBack={() => route(places.users)} isWide>
      {created ? (
        <>
          <PasswordOnce title={words.created(created.user.name)} password={created.password} />
          <div class="form-actions">
            <ButtonLink href={places.users}>{words.toList}</ButtonLink>
            <Button icon={UserPlus} onClick={() => setCreated(undefined)}>
              {words.another}
            </Button>
          </div>
        </>
      ) : (
        <UserForm onSaved={(user, password) => setCreated({ user, password: password ?? '' })} />
      )}
    </Screen>
  );
}

function EditUser({ id }: { id: string }) {
  const words = t().administration.users;
  const { route } = useLocation();
  const [password, setPassword] = useState<string>();
  const [isAsking, setIsAsking] = useState(false);
  const path = { path: { id } };
  const { data, failure, again, put } = useAnswer(`user ${id}`, () =>
    answer(api.GET('/users/{id}', { params: path })),
  );
  const setActive = useAction(async (is_active: boolean) => {
    const body: UserChange = { is_active };
    put(await answer(api.PATCH('/users/{id}', { params: path, body })));
    say(is_active ? words.reactivated : words.deactivated);
  });
  const isMe = me.value?.id === id;
  return (
    <Screen
      title={data?.name ?? words.title}
      under={data && t().general.role[data.role]}
      onBack={() => route(places.users)}
      isWide
    >
      {failure && <Trouble error={failure} again={() => void again()} />}
      {!data && !failure && <Loading rows={4} />}
      {isMe && <p class="notice">{words.yourself}</p>}
      {data?.is_active === false && <p class="notice">{words.isInactive}</p>}
      {password !== undefined && <PasswordOnce title={words.passwordChanged} password={password} />}
      {data && (
        <UserForm
          key={data.updated_at}
          user={data}
          isMe={isMe}
          onSaved={(user, password) => {
            put(user);
            setPassword(password);
            if (isMe) userChanged(user);
            say(t().general.saved);
          }}
        >
          {!isMe && data.is_active && (
            <Button kind="danger" icon={UserRoundX} onClick={() => setIsAsking(true)}>
              {t().administration.deactivate}
            </Button>
          )}
          {!data.is_active && (
            <Button icon={UserRoundCheck} isBusy={setActive.isBusy} onClick={() => void setActive.run(true)}>
              {t().administration.reactivate}
            </Button>
          )}
        </UserForm>
      )}
      {isAsking && data && (
        <AskFirst
          title={words.deactivateTitle(data.name)}
          does={t().administration.deactivate}
          onDo={() => setActive.run(false)}
          onClose={() => setIsAsking(false)}
        >
          {words.deactivateText}
        </AskFirst>
      )}
    </Screen>
  );
}

function PasswordOnce({ title, password }: { title: string; password: string }) {
  const words = t().administration.users;
  return (
    <section class="section form" aria-live="polite">
      <h2>{title}</h2>
      <p>{words.passwordOnce}</p>
      <CopyText label={words.password} text={password} />
    </section>
  );
}
