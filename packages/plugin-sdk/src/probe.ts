import type { Address } from './units/address-text.ts';
import type { SourceContext } from './source.ts';

/** What of a source its configuration alone tells: shown to people, and compared with other sources. */
export interface SourceOutline {
  /** Where samples come from, such as `HTTP at 127.0.0.1:8086`. */
  readonly from: string;
  /** Addresses that it listens at. */
  readonly listens?: readonly Address[];
  /** Paths below the site that it gives, with `*` for one level and `**` for any. Absent: only the data tells. */
  readonly paths?: readonly string[];
  /** Its input may end: a file that is written no more. */
  readonly ends?: boolean;
  /** Keys that mean nothing beside the others, each with why: people who write them are told. */
  readonly unused?: Readonly<Record<string, string>>;
}

/** What {@link SourceContext} has before there is a journal. */
export type ProbeContext<Config> = Pick<SourceContext<Config>, 'name' | 'site' | 'agent' | 'config' | 'folder'>;

/** Something outside of the agent that is needed, and a way to see whether it is there, which changes nothing. */
export interface Probe {
  /** For people, such as `port 127.0.0.1:8094`. */
  readonly need: string;
  /** May take its time: it is ended by the signal, and what it throws then or before counts as not there. */
  look(signal: AbortSignal): Promise<Finding>;
}

export type Finding =
  | { readonly there: true; readonly detail?: string }
  | {
      readonly there: false;
      readonly reason: string;
      readonly hint?: string;
      /** It is there, but somebody has it: perhaps the very agent, running already. */
      readonly taken?: boolean;
    };
