/* What the flows of Node-RED are made of. Coordinates are those of its editor: a flow can be imported there and read. */

export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly z?: string;
  readonly wires?: readonly (readonly string[])[];
  readonly [property: string]: unknown;
}

export interface FlowOptions {
  /** Where line protocol is taken. */
  readonly port: number;
  /** Where batches of lines are posted, as `http://127.0.0.1:1234`. */
  readonly receiver: string;
  /** In which `raw.csv` and `windows.csv` grow. */
  readonly folder: string;
}

const TAB = 'sluis-peer';

/** A flow of one tab, in which nodes stand from left to right in their order. */
export function flowOf(label: string, nodes: readonly FlowNode[]): FlowNode[] {
  const placed = nodes.map((node, i) => ({ ...node, z: TAB, x: 120 + (i % 4) * 200, y: 80 + (i >> 2) * 80 }));
  return [{ id: TAB, type: 'tab', label, disabled: false, info: '' }, ...placed];
}

/** Takes a connection and gives on what comes: as strings of what was read at once, or line by line. */
export function tcpIn({ port }: FlowOptions, { lines, to }: { lines: boolean; to: string }): FlowNode {
  return {
    id: 'in',
    type: 'tcp in',
    name: 'line protocol',
    server: 'server',
    host: '',
    port: String(port),
    datamode: 'stream',
    datatype: 'utf8',
    newline: lines ? '\\n' : '',
    topic: '',
    trim: false,
    base64: false,
    tls: '',
    wires: [[to]],
  };
}

export interface Code {
  readonly id: string;
  readonly name: string;
  readonly code: string;
  readonly initialize?: string;
  /** The node that each output goes to. */
  readonly to: readonly string[];
}

export function functionNode({ id, name, code, initialize = '', to }: Code): FlowNode {
  const outputs = to.length;
  const wires = to.map((target) => [target]);
  return {
    id,
    type: 'function',
    name,
    func: code,
    outputs,
    timeout: 0,
    noerr: 0,
    initialize,
    finalize: '',
    libs: [],
    wires,
  };
}

/**
 * Appends each message to a file, and when it is written posts it. A line's end is added to the file: messages come
 * without their last.
 */
export function keepAndSend({ folder, receiver }: FlowOptions, name: 'raw' | 'windows'): FlowNode[] {
  const file = {
    id: `${name}-file`,
    type: 'file',
    name: `keep ${name}`,
    filename: `${folder}/${name}.csv`,
    filenameType: 'str',
    appendNewline: true,
    createDir: false,
    overwriteFile: 'false',
    encoding: 'none',
    wires: [[`${name}-post`]],
  };
  const post = {
    id: `${name}-post`,
    type: 'http request',
    name: `send ${name}`,
    method: 'POST',
    ret: 'txt',
    paytoqs: 'ignore',
    url: `${receiver}/${name}`,
    tls: '',
    // One connection serves many batches.
    persist: true,
    proxy: '',
    insecureHTTPParser: false,
    authType: '',
    senderr: false,
    headers: [],
    wires: [[]],
  };
  return [file, post];
}

/**
 * Joins so many messages to one of many lines: files and requests cost Node-RED about the same for one line as for a
 * thousand. A batch that does not fill goes after a second.
 */
export function joined(id: string, { count, to }: { count: number; to: string }): FlowNode {
  return {
    id,
    type: 'join',
    name: 'batch',
    mode: 'custom',
    build: 'string',
    property: 'payload',
    propertyType: 'msg',
    key: 'topic',
    joiner: '\\n',
    joinerType: 'str',
    useparts: false,
    accumulate: false,
    timeout: '1',
    count: String(count),
    reduceRight: false,
    reduceExp: '',
    reduceInit: '',
    reduceInitType: '',
    reduceFixup: '',
    wires: [[to]],
  };
}
