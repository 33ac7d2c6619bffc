/** A form that is sent: what the server says of a field stands at the field, and the first of them takes the focus. */
import { useState } from 'preact/hooks';
import { asFailure } from '../api/failure';
import { fieldErrors, type FieldErrors } from '../api/field-errors';
import { sayTrouble } from './toasts';
import { useAction } from './use-action';

interface Form {
  isBusy: boolean;
  errors: FieldErrors;
  /** What the `form` element's `onSubmit` is. */
  onSubmit: (event: Event) => void;
}

/** What `check` finds is told before anything is sent. */
export function useForm(send: () => Promise<void>, check: () => FieldErrors = () => ({})): Form {
  const [errors, setErrors] = useState<FieldErrors>({});
  const show = (found: FieldErrors) => {
    setErrors(found);
    requestAnimationFrame(() => document.querySelector<HTMLElement>('form [aria-invalid]')?.focus());
  };
  const { isBusy, run } = useAction(
    async () => {
      const found = check();
      if (Object.keys(found).length > 0) {
        show(found);
        return;
      }
      setErrors({});
      await send();
    },
    (error) => {
      const found = fieldErrors(error);
      if (Object.keys(found).length === 0) return false;
      show(found);
      // A field that this form does not show may be meant too.
      if (asFailure(error).status !== 409) sayTrouble(error);
      return true;
    },
  );
  return {
    isBusy,
    errors,
    onSubmit: (event) => {
      event.preventDefault();
      void run();
    },
  };
}
