import { pathLevel } from '@sluis/plugin-sdk';

/** The name of a template's place for the column that a value stands in, and for the file's name. */
const COLUMN = 'column';
const FILE = 'file';
const LAST_COLUMN = `{${COLUMN}}`;
const PLACE = /\{([^{}]*)\}/g;

/** What is wrong with a template, or undefined. */
export function templateFault(template: string): string | undefined {
  const plain = template.replaceAll(PLACE, 'x');
  if (/[{}]/.test(plain)) return 'a brace has no other: write {column}, {file} or the name of a column in braces';
  if (/\{\}/.test(template)) return 'the braces name nothing: write {column}, {file} or the name of a column in them';
  if (plain.split('/').includes('')) return 'a level is empty: it begins or ends with "/", or has two of them in a row';
  return undefined;
}

/** True if `{column}` is not there, or is a template's last level. */
export function endsWithColumn(template: string): boolean {
  const before = template.replace(/(^|\/)\{column\}$/, '');
  return !before.includes(LAST_COLUMN);
}

/**
 * `machine/{column}`: paths below the site. Each place in braces is filled in: `{column}` by the name of the column that the
 * value stands in, `{file}` by the file's name without its ending, any other by the record's value in the column of that
 * name. A `/` in what is filled in is `%2F`.
 *
 * Without `{column}` the column's name is appended, except that `value` appends nothing.
 */
export class SeriesTemplate {
  readonly #site: string;
  readonly #template: string;
  /** Names of the columns that fill in levels, each once. */
  readonly columns: readonly string[];
  readonly #hasColumn: boolean;

  constructor(site: string, template: string) {
    this.#site = site;
    this.#template = template;
    const names = Array.from(template.matchAll(PLACE), ([, name]) => name);
    this.#hasColumn = names.includes(COLUMN);
    this.columns = [...new Set(names)].filter((name) => name !== COLUMN && name !== FILE);
  }

  /** `levels`: what fills in {@link columns}, in their order. */
  path({ file, column, levels }: { file: string; column: string; levels: readonly string[] }): string {
    const appended = this.#hasColumn || column === 'value' ? '' : `/${pathLevel(column)}`;
    return `${this.#site}/${this.#filled(this.#template, { file, column, levels })}${appended}`;
  }

  /** The path without what `{column}`, as its last level, stands for. */
  base({ file, levels }: { file: string; levels: readonly string[] }): string {
    if (this.#template === LAST_COLUMN) return this.#site;
    const base = this.#template.replace(`/${LAST_COLUMN}`, '');
    return `${this.#site}/${this.#filled(base, { file, column: '', levels })}`;
  }

  #filled(
    template: string,
    { file, column, levels }: { file: string; column: string; levels: readonly string[] },
  ): string {
    return template.replaceAll(PLACE, (_, name: string) => {
      if (name === COLUMN) return pathLevel(column);
      return pathLevel(name === FILE ? file : levels[this.columns.indexOf(name)]);
    });
  }
}
