const REQUIRED_MAJOR = 26;

/** Import this first in an entry point: an older Node would fail later, and less clearly. */
if (Number.parseInt(process.versions.node, 10) < REQUIRED_MAJOR) {
  console.error(`Sluis needs Node ${REQUIRED_MAJOR} or newer; this is ${process.versions.node} at ${process.execPath}`);
  console.error('hint: run it through the workspace ("npx --yes pnpm@12.21.0 demo"), which brings its own Node');
  process.exit(1);
}
