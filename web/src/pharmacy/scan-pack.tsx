/** Reads the codes of packs into the lines that they belong to, one after the other. */
import { Check, CircleAlert } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import { inWords } from '../api/failure';
import type { OrderLine, OrderWithEvents, Scan } from '../api/types';
import { t } from '../language';
import { Button } from '../parts/button';
import { Dialog } from '../parts/dialog';
import { TextField } from '../parts/field';
import { MedicationName } from '../parts/medication-name';
import { useAction } from '../parts/use-action';
import { Camera } from '../scanner/camera';
import type { HandOver } from './use-hand-over';

interface Props {
  order: OrderWithEvents;
  handOver: HandOver;
  onClose: () => void;
}

type Product = NonNullable<Scan['product']>;

interface Result {
  text: string;
  isBad: boolean;
}

/** A pack that may be of several lines: somebody has to say of which. */
interface Question {
  product: Product;
  lines: OrderLine[];
  text: string;
  isUnsure: boolean;
}

export function ScanPack({ order, handOver, onClose }: Props) {
  const words = t().pharmacy.scan;
  const [result, setResult] = useState<Result>();
  const [question, setQuestion] = useState<Question>();
  const [typed, setTyped] = useState('');

  const put = (line: OrderLine, product: Product, isUnsure: boolean) => {
    handOver.take(line, product.lot ?? '', product.expires_on ?? '');
    setQuestion(undefined);
    setTyped('');
    const remarks = [
      words.put(nameOf(line), product.lot ?? undefined),
      product.is_expired ? words.expired : undefined,
      isUnsure ? words.unsure : product.lot ? undefined : words.noLot,
    ].filter((remark) => remark !== undefined);
    setResult({ text: remarks.join('. '), isBad: product.is_expired || isUnsure });
  };

  const read = useAction(
    async (code: string) => {
      const { product, is_ambiguous } = await answer(api.POST('/scan', { body: { code } }));
      setQuestion(undefined);
      if (!product) {
        setResult({ text: words.notAProduct, isBad: true });
        return;
      }
      const due = order.lines.filter(({ remaining }) => remaining > 0);
      const isKnown = product.medications.length > 0;
      const ids = new Set(product.medications.map(({ id }) => id));
      const lines = isKnown ? due.filter(({ medication }) => ids.has(medication.id)) : due;
      const [line] = lines;
      if (!line) setResult({ text: words.notOrdered(product.medications[0]?.name ?? ''), isBad: true });
      else if (isKnown && lines.length === 1) put(line, product, is_ambiguous);
      else {
        setResult(undefined);
        setQuestion({ product, lines, text: isKnown ? words.which : words.unknown, isUnsure: is_ambiguous });
      }
    },
    (error) => {
      // A toast would be behind the dialog.
      setResult({ text: inWords(error), isBad: true });
      return true;
    },
  );

  return (
    <Dialog
      title={words.title}
      onClose={onClose}
      actions={
        <Button kind="main" onClick={onClose}>
          {words.done}
        </Button>
      }
    >
      {!question && (
        <Camera formats={['DataMatrix', 'QRCode']} words={words} onCode={(code) => void read.run(code)} />
      )}
      {question && (
        <div class="scan-choices" role="group" aria-label={question.text}>
          <p>{question.text}</p>
          {question.lines.map((line) => (
            <Button key={line.id} isWide onClick={() => put(line, question.product, question.isUnsure)}>
              <MedicationName medication={line.medication} unknown={t().orders.unknownMedication} />
            </Button>
          ))}
          <Button kind="quiet" onClick={() => setQuestion(undefined)}>
            {t().general.cancel}
          </Button>
        </div>
      )}
      <div role="status">
        {result && (
          <p class={result.isBad ? 'scan-result is-bad' : 'scan-result'}>
            {result.isBad ? (
              <CircleAlert aria-hidden="true" size={22} />
            ) : (
              <Check aria-hidden="true" size={22} />
            )}
            {result.text}
          </p>
        )}
      </div>
      <form
        class="scan-typed"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim()) void read.run(typed.trim());
        }}
      >
        <TextField
          label={words.code}
          value={typed}
          onValue={setTyped}
          autocomplete="off"
          autoCapitalize="none"
          spellcheck={false}
          maxLength={500}
        />
        <Button type="submit" isBusy={read.isBusy} disabled={typed.trim() === ''}>
          {t().general.confirm}
        </Button>
      </form>
    </Dialog>
  );
}

const nameOf = ({ medication }: OrderLine) =>
  medication.tall_man ?? medication.name ?? t().orders.unknownMedication;
