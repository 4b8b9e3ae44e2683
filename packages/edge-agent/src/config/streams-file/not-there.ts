/** Something that a file of streams does not have. */
export class NotThereError extends Error {
  override readonly name = 'NotThereError';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}
