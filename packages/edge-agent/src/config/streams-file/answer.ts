/** What the process that evaluates a file of streams says at its end. */
export type Answer = { readonly definition: unknown } | { readonly fault: Fault };

/** Why a file defines nothing, as it was thrown, and where in which file. */
export interface Fault {
  readonly message: string;
  readonly hint?: string;
  readonly at?: Place;
}

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** The pipe that an answer goes through, after those of a process's own. */
export const ANSWER_PIPE = 3;

/** Ten thousand streams of a few steps. */
export const MAX_DEFINITION_BYTES = 4 << 20;

const LENGTH_BYTES = 4;

/** An answer as bytes: their number, then JSON. */
export function encodeAnswer(answer: Answer): Buffer {
  const text = Buffer.from(JSON.stringify(answer));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text]);
}

/** Undefined for anything but one whole answer: a process may end before it has said all. */
export function decodeAnswer(bytes: Buffer): Answer | undefined {
  if (bytes.length < LENGTH_BYTES || bytes.readUInt32LE() !== bytes.length - LENGTH_BYTES) return undefined;
  return JSON.parse(bytes.toString('utf8', LENGTH_BYTES)) as Answer;
}
