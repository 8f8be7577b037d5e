/** What a picture may weigh on its way; the server says the same. */
const PICTURE_MAX_BYTES = 512 * 1_024;
export const PICTURE_TYPES: readonly string[] = ['image/png', 'image/jpeg', 'image/webp'];
const SIDE = 1_024;

/**
 * A picture as it can be sent: as it is, or drawn smaller where it is too large or of another type that this browser reads.
 * @returns `undefined` where it cannot be read
 */
export async function sendablePicture(file: File): Promise<Blob | undefined> {
  if (file.size <= PICTURE_MAX_BYTES && PICTURE_TYPES.includes(file.type)) return file;
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return await new Promise((resolve) =>
      canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/webp', 0.9),
    );
  } catch {
    return undefined;
  }
}
