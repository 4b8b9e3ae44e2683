/** What cannot be answered as asked, and what the client gets instead. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  readonly status: number;
  readonly code: string;
  readonly hint: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(options: {
    status: number;
    code: string;
    message: string;
    hint: string;
    retryAfterSeconds?: number;
    cause?: unknown;
  }) {
    super(options.message, { cause: options.cause });
    this.status = options.status;
    this.code = options.code;
    this.hint = options.hint;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** The contract's body of an error. */
  get body(): ErrorBody {
    return { error: { code: this.code, message: this.message, hint: this.hint } };
  }
}

export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}
