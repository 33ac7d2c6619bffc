import { Download, Printer } from 'lucide-preact';
import { useEffect, useState } from 'preact/hooks';
import type { Dispenser } from '../api/types';
import { t } from '../language';
import { Button } from '../parts/button';
import { Dialog } from '../parts/dialog';
import { fetchFile, saveBlob } from '../parts/download';
import { Loading, Trouble } from '../parts/states';
import { useAnswer } from '../parts/use-answer';

interface Props {
  dispenser: Dispenser;
  onClose: () => void;
}

/** A dispenser's label, to be looked at, printed and saved. */
export function LabelDialog({ dispenser, onClose }: Props) {
  const words = t().administration.dispenser;
  const { data, failure, again } = useAnswer(`label ${dispenser.id}`, async () =>
    (await fetchFile(`/dispensers/${dispenser.id}/label.svg`)).blob(),
  );
  const address = useDataAddress(data);
  return (
    <Dialog
      title={words.labelTitle(dispenser.name)}
      onClose={onClose}
      actions={
        <>
          <Button kind="quiet" onClick={onClose}>
            {t().general.close}
          </Button>
          <Button
            icon={Download}
            disabled={!data}
            onClick={() => data && saveBlob(data, `${words.labelFile} ${dispenser.code}.svg`)}
          >
            {t().general.download}
          </Button>
          <Button icon={Printer} disabled={!address} onClick={() => print()}>
            {t().general.print}
          </Button>
        </>
      }
    >
      {failure && <Trouble error={failure} again={() => void again()} />}
      {!data && !failure && <Loading rows={4} />}
      {address && <img class="label-picture" src={address} alt={`${dispenser.code} ${dispenser.name}`} />}
      <p class="soft">{words.labelHint}</p>
    </Dialog>
  );
}

/** Pictures from elsewhere are not allowed on our pages, but those within an address are. */
function useDataAddress(blob: Blob | undefined): string | undefined {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    if (!blob) return;
    const reader = new FileReader();
    reader.onload = () => setAddress(reader.result as string);
    reader.readAsDataURL(blob);
    return () => reader.abort();
  }, [blob]);
  return address;
}
