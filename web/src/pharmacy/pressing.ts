/** Whether somebody's finger or mouse button is down: nothing moves under it. */

let mouseOrPen = 0;
let touches = 0;
let last = 0;

const track = (change: () => void) => () => {
  change();
  last = performance.now();
};

// A scrolling finger cancels its pointer and stays on the glass: touches say so.
const countTouches = (event: TouchEvent) => {
  touches = event.touches.length;
  last = performance.now();
};

const countButtons = (count: number) => (event: PointerEvent) => {
  if (event.pointerType !== 'touch') mouseOrPen = count;
  last = performance.now();
};

addEventListener('pointerdown', countButtons(1), true);
// Who moves the mouse is about to press.
addEventListener(
  'pointermove',
  track(() => undefined),
  { capture: true, passive: true },
);
addEventListener('pointerup', countButtons(0), true);
addEventListener('pointercancel', countButtons(0), true);
addEventListener(
  'blur',
  track(() => (mouseOrPen = touches = 0)),
);
addEventListener('touchstart', countTouches, { capture: true, passive: true });
addEventListener('touchend', countTouches, { capture: true, passive: true });
addEventListener('touchcancel', countTouches, { capture: true, passive: true });
addEventListener(
  'wheel',
  track(() => undefined),
  { capture: true, passive: true },
);

export function isPressed(): boolean {
  return mouseOrPen > 0 || touches > 0;
}

/** Milliseconds since something was last touched: who has just let go may be about to press again. */
export function sinceTouched(): number {
  return performance.now() - last;
}
