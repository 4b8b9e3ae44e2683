import type { StateImage } from './image.ts';

/**
 * Gives back the memory of an array at once, where V8 would wait until there is some 64 MB of such garbage. Only for who owns
 * all of it: to everybody else the array is empty from here on.
 */
export function letGo({ buffer }: Float64Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** Gives back what is large in an image that was written: its doubles, which no image shares with the state. */
export function letGoOf({ parts }: StateImage): void {
  for (const part of Object.values(parts)) {
    if ('columns' in part) Object.values(part.columns).forEach(letGo);
    if ('times' in part) letGo(part.times);
    if ('values' in part) letGo(part.values);
  }
}
