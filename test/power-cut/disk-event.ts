/*
 * What happened to the files below one folder, the *disk*, in the order in which it took effect. Files and folders are
 * numbered as they are made: 0 is the disk itself, which was there before.
 */

interface Happening {
  /** Places in the record where the call began and where it had returned. */
  readonly begun: number;
  readonly done: number;
  /** For people, relative to the disk. */
  readonly path: string;
}

/** A change of what a file holds. */
export type DataChange = Happening &
  (
    | { readonly kind: 'write'; readonly file: number; readonly offset: number; readonly bytes: Uint8Array }
    | { readonly kind: 'resize'; readonly file: number; readonly size: number }
  );

export interface Name {
  readonly folder: number;
  readonly name: string;
}

/** A change of what is found by a name. It takes effect as a whole or not at all. */
export type NameChange = Happening &
  (
    | { readonly kind: 'create'; readonly at: Name; readonly made: number; readonly folder: boolean }
    | { readonly kind: 'remove'; readonly at: Name }
    | { readonly kind: 'rename'; readonly at: Name; readonly to: Name }
  );

/** It had returned: what was done to this file or folder before it began is durable. */
export type Sync = Happening & { readonly kind: 'sync'; readonly of: number };

/** A line that tells the world that something is kept. */
export type Acknowledgement = Happening & { readonly kind: 'acknowledgement'; readonly line: string };

export type DiskEvent = DataChange | NameChange | Sync | Acknowledgement;
