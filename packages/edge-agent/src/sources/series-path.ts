/** Path of a series: the site, then `levels`, in which a `/` is written `%2F` and all else stays as it is. */
export function seriesPath(site: string, levels: readonly string[]): string {
  return [site, ...levels.map(pathLevel)].join('/');
}

export function pathLevel(name: string): string {
  return name.includes('/') ? name.replaceAll('/', '%2F') : name;
}
