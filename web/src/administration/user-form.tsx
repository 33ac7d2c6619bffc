import { Dices } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import type { NewUser, Role, User, UserChange } from '../api/types';
import { t } from '../language';
import { Button } from '../parts/button';
import { Chips } from '../parts/chips';
import { Switch, TextField } from '../parts/field';
import { useForm } from '../parts/use-form';
import { useUnsaved } from '../parts/use-unsaved';
import { readablePassword } from './password';

const roles: Role[] = ['nurse', 'technician', 'manager', 'admin'];

/** Those who order for a ward. */
const mayOrder: Role[] = ['nurse', 'admin'];

interface Props {
  /** Nobody yet, where one is to be created. */
  user?: User;
  isMe?: boolean;
  /** With the password, where one was set: nobody can read it again. */
  onSaved: (user: User, password: string | undefined) => void;
  /** What else can be done with the user. */
  children?: ComponentChildren;
}

export function UserForm({ user, isMe = false, onSaved, children }: Props) {
  const words = t().administration.users;
  const [name, setName] = useState(user?.name ?? '');
  const [email, setEmail] = useState(user?.email ?? '');
  const [role, setRole] = useState<Role>(user?.role ?? 'nurse');
  const [mayControlled, setMayControlled] = useState(user?.may_order_controlled ?? false);
  const [password, setPassword] = useState('');
  const isChanged =
    name !== (user?.name ?? '') ||
    email !== (user?.email ?? '') ||
    password !== '' ||
    (user !== undefined &&
      (role !== user.role ||
        mayControlled !== ((user.may_order_controlled as boolean | undefined) ?? false)));
  const [isDone, setIsDone] = useState(false);
  const unsaved = useUnsaved(isChanged && !isDone);

  const form = useForm(async () => {
    const saved = user ? await change(user) : await create();
    setIsDone(true);
    onSaved(saved, password === '' ? undefined : password);
  });

  function create(): Promise<User> {
    const body: NewUser & { may_order_controlled?: boolean } = { name, email, role, password };
    if (mayControlled && mayOrder.includes(role)) body.may_order_controlled = true;
    return answer(api.POST('/users', { body }));
  }

  function change(before: User): Promise<User> {
    const body: UserChange = {};
    if (name !== before.name) body.name = name;
    if (email !== before.email) body.email = email;
    if (role !== before.role) body.role = role;
    if (mayControlled !== ((before.may_order_controlled as boolean | undefined) ?? false))
      body.may_order_controlled = mayControlled;
    if (password !== '') body.password = password;
    const params = { path: { id: before.id } };
    return answer(api.PATCH('/users/{id}', { params, body }));
  }

  return (
    <form class="form" onSubmit={form.onSubmit} autocomplete="off">
      <TextField
        label={words.name}
        required
        maxLength={200}
        value={name}
        error={form.errors['/name']}
        onValue={setName}
      />
      <TextField
        label={words.email}
        type="email"
        inputMode="email"
        autoCapitalize="none"
        required
        value={email}
        error={form.errors['/email']}
        onValue={setEmail}
      />
      {!isMe && (
        <div class="field">
          <Chips
            label={words.role}
            value={role}
            chips={roles.map((value) => ({ value, label: t().general.role[value] }))}
            onChange={setRole}
          />
          {user && role !== user.role && <p class="field-hint">{words.roleHint}</p>}
        </div>
      )}
      {mayOrder.includes(role) && (
        <Switch
          label={words.controlled}
          hint={words.controlledHint}
          checked={mayControlled}
          onChange={setMayControlled}
        />
      )}
      {!isMe && (
        <div class="field-beside">
          <TextField
            label={user ? words.newPassword : words.password}
            hint={user ? words.newPasswordHint : words.passwordHint}
            error={form.errors['/password']}
            autocomplete="new-password"
            autoCapitalize="none"
            spellcheck={false}
            required={!user}
            minLength={8}
            maxLength={128}
            value={password}
            onValue={setPassword}
          />
          <Button icon={Dices} class="field-button" onClick={() => setPassword(readablePassword())}>
            {words.generate}
          </Button>
        </div>
      )}
      <div class="form-actions">
        <Button kind="main" type="submit" isBusy={form.isBusy} disabled={user && !isChanged}>
          {user ? t().general.save : words.create}
        </Button>
        {children}
      </div>
      {unsaved.dialog}
    </form>
  );
}
