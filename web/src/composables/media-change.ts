import { onBeforeUnmount, onMounted } from 'vue';

/** Calls back whenever a media query begins or ends to hold. */
export function useMediaChange(query: string, changed: () => void): void {
  let media: MediaQueryList | undefined;
  onMounted(() => {
    media = matchMedia(query);
    media.addEventListener('change', changed);
  });
  onBeforeUnmount(() => media?.removeEventListener('change', changed));
}
