/*
 * What built-in operators and their host use of RxJS. Its index loads 200 files, which take 30 ms of a start and 1.4 MB; these
 * are the same classes and functions, in the files that it has them from.
 */
export type { Observable } from 'rxjs';
export { Subject } from 'rxjs/internal/Subject';
export { map } from 'rxjs/internal/operators/map';
