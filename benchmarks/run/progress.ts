/** Says how far it is: in one line that changes on a terminal, elsewhere line by line. */
export class Progress {
  readonly #to: NodeJS.WriteStream;

  constructor(to: NodeJS.WriteStream) {
    this.#to = to;
  }

  say(text: string): void {
    this.#to.write(this.#to.isTTY ? `\r\u001B[K${text.slice(0, this.#to.columns - 1)}` : `${text}\n`);
  }

  /** Leaves nothing behind on a terminal. */
  clear(): void {
    if (this.#to.isTTY) this.#to.write('\r\u001B[K');
  }
}
