/** Whether one is at work and wants to be alerted, and whether this device may make a sound. */
import { Volume2, VolumeX } from 'lucide-preact';
import { answer, api } from '../api/client';
import { t } from '../language';
import { Button } from '../parts/button';
import { Switch } from '../parts/field';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { prefer, preferences } from '../preferences';
import { user, userChanged } from '../session';
import { allowSound, isAllowed } from '../sounds';
import './duty-bar.css';

export function DutyBar() {
  const words = t().pharmacy.duty;
  const isOnDuty = user.value?.is_on_duty ?? false;
  const change = useAction(async (is_on_duty: boolean) => {
    userChanged(await answer(api.PUT('/me/on_duty', { body: { is_on_duty } })));
    say(is_on_duty ? words.onSaid : words.offSaid);
  });
  return (
    <div class="duty">
      <Switch
        label={words.available}
        hint={isOnDuty ? words.on : words.off}
        checked={isOnDuty}
        disabled={change.isBusy}
        onChange={(isOn) => void change.run(isOn)}
      />
      <SoundState />
    </div>
  );
}

/** Browsers make no sound before a tap: who would not hear an Emergência sees it here. */
function SoundState() {
  const words = t().pharmacy.duty;
  if (!preferences.value.hasSound) {
    return (
      <div class="duty-sound">
        <span class="duty-sound-state">
          <VolumeX aria-hidden="true" size={20} />
          {words.soundOff}
        </span>
        <Button
          kind="quiet"
          onClick={() => {
            prefer({ hasSound: true });
            void allowSound();
          }}
        >
          {words.turnSoundOn}
        </Button>
      </div>
    );
  }
  if (!isAllowed.value) {
    return (
      <div class="duty-sound">
        <Button icon={VolumeX} class="duty-wake" onClick={() => void allowSound()}>
          {words.soundAsleep}
        </Button>
      </div>
    );
  }
  return (
    <div class="duty-sound">
      <span class="duty-sound-state">
        <Volume2 aria-hidden="true" size={20} />
        {words.soundOn}
      </span>
    </div>
  );
}
