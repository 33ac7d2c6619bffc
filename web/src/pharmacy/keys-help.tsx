import { t } from '../language';
import { Button } from '../parts/button';
import { Dialog } from '../parts/dialog';

export function KeysHelp({ onClose }: { onClose: () => void }) {
  const words = t().pharmacy.keys;
  const keys: [string[], string][] = [
    [['↑', '↓'], words.move],
    [['A', 'Enter'], words.accept],
    [['D'], words.dispatch],
    [['E'], words.deliver],
    [['R'], words.reject],
    [['S'], words.silence],
    [['/'], words.search],
    [['?'], words.help],
  ];
  return (
    <Dialog
      title={words.title}
      onClose={onClose}
      actions={
        <Button kind="main" onClick={onClose}>
          {t().general.close}
        </Button>
      }
    >
      <dl class="keys">
        {keys.map(([names, does]) => [
          <dt key={`${does} key`}>
            {names.map((name, n) => (
              <span key={name}>
                {n > 0 && ` ${words.or} `}
                <kbd>{name}</kbd>
              </span>
            ))}
          </dt>,
          <dd key={does}>{does}</dd>,
        ])}
      </dl>
    </Dialog>
  );
}
