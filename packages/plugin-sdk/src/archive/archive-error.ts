/** A file is no archive of a plugin, or one that cannot be used: the message says what is wrong with it. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}
