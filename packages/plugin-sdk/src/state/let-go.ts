import { letGo } from '@sluis/protocol';
import type { StateImage } from './image.ts';

/** Gives back what is large in an image that was written: its doubles, which no image shares with the state. */
export function letGoOf({ parts }: StateImage): void {
  for (const part of Object.values(parts)) {
    if ('columns' in part) Object.values(part.columns).forEach(letGo);
    if ('times' in part) letGo(part.times);
    if ('values' in part) letGo(part.values);
  }
}
