/** How it was: one tap. */
import { Star } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { t } from '../language';
import './stars.css';

interface Props {
  /** What was given; then it can't be changed. */
  given: number | undefined;
  onRate: (stars: number) => void;
}

export function Stars({ given, onRate }: Props) {
  const [pressed, setPressed] = useState<number>();
  const words = t().orders;
  const shown = given ?? pressed ?? 0;
  return (
    <div class="stars" role="group" aria-label={words.rate}>
      {[1, 2, 3, 4, 5].map((n) => (
        <button
          key={n}
          type="button"
          aria-label={words.stars(n)}
          aria-pressed={shown === n}
          disabled={given !== undefined}
          class={n <= shown ? 'is-on' : ''}
          onClick={() => {
            setPressed(n);
            onRate(n);
          }}
        >
          <Star aria-hidden="true" size={32} />
        </button>
      ))}
    </div>
  );
}
