import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fault, Place } from './answer.ts';
import { ALLOWED } from './confine.ts';
import { NotThereError } from './not-there.ts';
import { NotPlainError } from './plain-definition.ts';

const DENIED = 'ERR_ACCESS_DENIED';

/** What was thrown while a file was evaluated, and where in it or in those beside it. */
export function faultOf(error: unknown, file: string): Fault {
  if (!(error instanceof Error)) return { message: `it threw ${JSON.stringify(error) ?? String(error)}` };
  if (error instanceof NotPlainError) return { message: error.message };
  const at = placeOf(error.stack ?? '', dirname(file) + sep);
  const denied = causesOf(error).find(({ code }) => code === DENIED);
  if (error instanceof NotThereError) return { message: error.message, hint: error.hint, ...(at && { at }) };
  const message = denied
    ? deniedMessage(denied)
    : `${error.name}: ${causesOf(error)
        .map(({ message }) => message)
        .join(': ')}`;
  const hint = denied && ALLOWED;
  return { message, ...(hint && { hint }), ...(at && { at }) };
}

type NodeError = Error & { readonly code?: unknown; readonly permission?: unknown; readonly resource?: unknown };

function causesOf(error: NodeError): NodeError[] {
  return error.cause instanceof Error ? [error, ...causesOf(error.cause)] : [error];
}

/** What Node calls the rights that it does not have, and what it would need them for. */
const rights: Readonly<Record<string, string>> = {
  FileSystemRead: 'to read',
  FileSystemWrite: 'to write',
  ChildProcess: 'to start',
  WorkerThreads: 'to start threads',
  Net: 'to connect to',
};

function deniedMessage({ permission, resource }: NodeError): string {
  const right = rights[String(permission)] ?? 'to use what lies outside, such as the network';
  return `it is not allowed ${right}${typeof resource === 'string' && resource !== '' ? ` ${resource}` : ''}`;
}

/** So begins the stack of a file that cannot be read: file and line, some of its lines, and below one of them a caret, or none. */
const SYNTAX = /^(?<file>\S.*):(?<line>\d+)\n(?:(?:(?! *\^).+\n)*(?<before> *)\^)?/;
const FRAME = /^ +at (?:.*\()?(?<file>file:\/\/.+?):(?<line>\d+):(?<column>\d+)\)?$/gm;

/** The first place of a stack that is in a folder. */
function placeOf(stack: string, folder: string): Place | undefined {
  const begin = SYNTAX.exec(stack)?.groups;
  const places = [
    ...(begin ? [{ file: begin.file, line: begin.line, column: (begin.before?.length ?? 0) + 1 }] : []),
    ...[...stack.matchAll(FRAME)].map(({ groups: { file, line, column } = {} }) => ({ file, line, column })),
  ];
  return places
    .map(({ file, line, column }) => ({ file: pathOf(file), line: Number(line), column: Number(column) }))
    .find(({ file }) => file.startsWith(folder));
}

function pathOf(file: string): string {
  return file.startsWith('file://') ? fileURLToPath(file) : file;
}
