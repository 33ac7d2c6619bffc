/** Something that is shown once and has to be taken elsewhere: to be read, and to be copied by one tap. */
import { Check, Copy } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { t } from '../language';
import { Button } from './button';
import './copy-text.css';

interface Props {
  /** What it is. */
  label: string;
  text: string;
}

export function CopyText({ label, text }: Props) {
  const [isCopied, setIsCopied] = useState(false);
  const words = t().general;
  return (
    <div class="copy-text">
      <code aria-label={label}>{text}</code>
      <Button
        icon={isCopied ? Check : Copy}
        onClick={() => {
          // Where a browser does not allow it, the text can be marked by hand.
          copyText(text).then(
            () => setIsCopied(true),
            () => undefined,
          );
        }}
      >
        {isCopied ? words.copied : words.copy}
      </Button>
      <span class="unseen" role="status">
        {isCopied && words.copied}
      </span>
    </div>
  );
}

/** Only pages that came by a safe way have a clipboard. */
async function copyText(text: string) {
  if (!('clipboard' in navigator)) throw new Error('no clipboard');
  await navigator.clipboard.writeText(text);
}
