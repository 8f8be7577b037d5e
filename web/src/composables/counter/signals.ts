import { onScopeDispose } from 'vue';

export interface Signals {
  readonly good: (options: SignalOptions) => void;
  readonly bad: (options: SignalOptions) => void;
}
interface SignalOptions {
  readonly sound: boolean;
  readonly vibration: boolean;
}

/** Frequency in hertz, start and length in seconds: up for good, twice low for bad, so that nobody has to look. */
type Tone = readonly [hertz: number, at: number, lengthS: number];
const GOOD: readonly Tone[] = [
  [880, 0, 0.09],
  [1_320, 0.1, 0.14],
];
const BAD: readonly Tone[] = [
  [220, 0, 0.16],
  [196, 0.22, 0.24],
];

/** Sound and vibration beside what is shown. A browser that has neither, or forbids them, stays silent. */
export function useSignals(): Signals {
  let audio: AudioContext | undefined;

  const play = (tones: readonly Tone[]): void => {
    try {
      audio ??= new AudioContext();
      // A browser lets a page make noise only after somebody has touched it.
      void audio.resume();
      for (const [hertz, at, lengthS] of tones) {
        const [tone, volume] = [audio.createOscillator(), audio.createGain()];
        const from = audio.currentTime + at;
        tone.frequency.value = hertz;
        volume.gain.setValueAtTime(0.25, from);
        volume.gain.exponentialRampToValueAtTime(0.001, from + lengthS);
        tone.connect(volume).connect(audio.destination);
        tone.start(from);
        tone.stop(from + lengthS);
      }
    } catch {
      // no sound then
    }
  };
  const signal =
    (tones: readonly Tone[], pattern: readonly number[]) =>
    ({ sound, vibration }: SignalOptions): void => {
      if (sound) play(tones);
      if (vibration && 'vibrate' in navigator) navigator.vibrate([...pattern]);
    };
  onScopeDispose(() => void audio?.close());
  return { good: signal(GOOD, [60]), bad: signal(BAD, [180, 80, 180]) };
}
