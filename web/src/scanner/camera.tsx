/** What the camera sees, and the first code in it. */
import { Flashlight, FlashlightOff } from 'lucide-preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../language';
import { IconButton } from '../parts/button';
import type { Format } from './decoder';
import './camera.css';

interface Props {
  formats: Format[];
  /** Is told each code once until another one is seen, or two seconds have passed. */
  onCode: (text: string) => void;
  /** What to point it at, and what else there is to do without it; a dispenser's label, if nothing is said. */
  words?: { aim: string; noCamera: string; denied: string };
}

/** Between two pictures that are looked at, in milliseconds: the phone is to stay cool. */
const PAUSE = 80;

/** The longer side of a picture that is looked at, in pixels: a label fills a part of it, and more is slower. */
const SIDE = 960;

const AGAIN = 2000;

/** `torch` is not in the standard's types; Android has it. */
type Torch = MediaTrackConstraintSet & { torch?: boolean };

export function Camera({ formats, onCode, words: said }: Props) {
  const words = t().nursing.scanner;
  const { aim, noCamera, denied } = said ?? words;
  const video = useRef<HTMLVideoElement>(null);
  const told = useRef(onCode);
  told.current = onCode;
  const [trouble, setTrouble] = useState<'none' | 'denied'>();
  const [track, setTrack] = useState<MediaStreamTrack>();
  const [isLit, setIsLit] = useState(false);
  const wanted = formats.join();

  useEffect(() => {
    const gone = new AbortController();
    const isGone = () => gone.signal.aborted;
    let stream: MediaStream | undefined;
    const last = { text: '', at: 0 };

    async function look() {
      // Typed as always there; a page without TLS has none.
      const devices = navigator.mediaDevices as MediaDevices | undefined;
      if (!devices) throw new DOMException('no camera', 'NotFoundError');
      const picture = {
        video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
      };
      const [opened, { decode }] = await Promise.all([devices.getUserMedia(picture), import('./decoder')]);
      stream = opened;
      const seen = video.current;
      if (isGone() || !seen) {
        stop();
        return;
      }
      seen.srcObject = stream;
      await seen.play();
      setTrack(stream.getVideoTracks()[0]);
      const canvas = document.createElement('canvas');
      const context = canvas.getContext('2d', { willReadFrequently: true });
      while (!isGone() && context) {
        const scale = Math.min(1, SIDE / Math.max(seen.videoWidth, seen.videoHeight, 1));
        canvas.width = Math.max(1, Math.round(seen.videoWidth * scale));
        canvas.height = Math.max(1, Math.round(seen.videoHeight * scale));
        context.drawImage(seen, 0, 0, canvas.width, canvas.height);
        const text = await decode(
          context.getImageData(0, 0, canvas.width, canvas.height),
          wanted.split(',') as Format[],
        );
        if (text !== undefined && (text !== last.text || Date.now() - last.at > AGAIN)) {
          last.text = text;
          last.at = Date.now();
          // Not on an iPhone, whatever the types say.
          if ('vibrate' in navigator) navigator.vibrate(60);
          told.current(text);
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }

    function stop() {
      for (const track of stream?.getTracks() ?? []) track.stop();
    }

    look().catch((error: unknown) => {
      stop();
      if (isGone()) return;
      setTrouble(error instanceof DOMException && error.name === 'NotAllowedError' ? 'denied' : 'none');
    });
    return () => {
      gone.abort();
      stop();
    };
  }, [wanted]);

  if (trouble) return <p class="notice">{trouble === 'denied' ? denied : noCamera}</p>;
  const canLight = track && 'torch' in track.getCapabilities();
  return (
    <div class="camera">
      <video ref={video} muted playsInline aria-label={aim} />
      <div class="camera-frame" aria-hidden="true" />
      <p class="camera-words">{aim}</p>
      {canLight && (
        <IconButton
          class="camera-torch"
          icon={isLit ? FlashlightOff : Flashlight}
          label={isLit ? words.torchOff : words.torchOn}
          onClick={() => {
            const advanced: Torch[] = [{ torch: !isLit }];
            void track.applyConstraints({ advanced }).then(() => setIsLit(!isLit));
          }}
        />
      )}
    </div>
  );
}
