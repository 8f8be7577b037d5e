import { onScopeDispose, ref, type Ref, type ShallowRef } from 'vue';
import { qrReader, type QrReader } from '../../lib/qr-reader.js';

/** `insecure`: browsers give a camera to pages over HTTPS, and to this computer itself, alone. */
type CameraState = 'off' | 'starting' | 'on' | 'denied' | 'missing' | 'insecure' | 'failed';

export interface Camera {
  readonly state: Ref<CameraState>;
  start(): Promise<void>;
  stop(): void;
}

const EVERY_MS = 150;
/** A code that was out of the picture for so long is shown on purpose when it comes again. */
const FORGET_MS = 2_000;

/**
 * Off -> starting -> on, or one of the states that say why not; a stop leads back to off from everywhere. A page that is
 * hidden gives the camera back, and takes it again when it is seen.
 * @param onText each code once, for as long as it stays in the picture
 */
export function useCamera(
  video: Readonly<ShallowRef<HTMLVideoElement | null>>,
  onText: (text: string) => void,
): Camera {
  const state = ref<CameraState>('off');
  let stream: MediaStream | undefined;
  let read: QrReader | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = { text: '', seenAt: 0 };
  /** Grows with each start and stop, so that what an earlier one waited for is dropped. */
  let run = 0;

  function release(): void {
    run += 1;
    clearTimeout(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
  }
  function stop(): void {
    release();
    state.value = 'off';
  }

  async function start(): Promise<void> {
    release();
    const mine = run;
    if (!isSecureContext) return void (state.value = 'insecure');
    if (!('mediaDevices' in navigator)) return void (state.value = 'missing');
    state.value = 'starting';
    try {
      const wanted = { facingMode: 'environment', width: { ideal: 1_280 } };
      const opened = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
      read ??= await qrReader();
      if (mine !== run || !video.value) {
        for (const track of opened.getTracks()) track.stop();
        return;
      }
      stream = opened;
      // Pulled out, or taken by another program.
      opened.getVideoTracks()[0]?.addEventListener('ended', () => mine === run && fail('failed'));
      video.value.srcObject = opened;
      await video.value.play();
      state.value = 'on';
      look(mine);
    } catch (error) {
      if (mine === run) fail(reasonOf(error));
    }
  }
  function fail(reason: CameraState): void {
    release();
    state.value = reason;
  }

  function look(mine: number): void {
    const next = (): void => {
      if (mine === run) timer = setTimeout(() => look(mine), EVERY_MS);
    };
    const picture = video.value;
    if (!read || !picture) return;
    read(picture).then((text) => {
      if (mine !== run) return;
      if (text !== undefined && text !== '') seen(text);
      next();
    }, next);
  }
  function seen(text: string): void {
    const now = performance.now();
    const again = text === last.text && now - last.seenAt < FORGET_MS;
    last = { text, seenAt: now };
    if (!again) onText(text);
  }

  const onVisible = (): void => {
    if (document.hidden && state.value === 'on') release();
    else if (!document.hidden && state.value === 'on') void start();
  };
  document.addEventListener('visibilitychange', onVisible);
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', onVisible);
    stop();
  });
  return { state, start, stop };
}

function reasonOf(error: unknown): CameraState {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  return 'failed';
}
