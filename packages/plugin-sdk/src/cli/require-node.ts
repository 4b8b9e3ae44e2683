const REQUIRED_MAJOR = 26;

/** Imported first: an older Node would fail later, and less clearly. */
if (Number.parseInt(process.versions.node, 10) < REQUIRED_MAJOR) {
  console.error(`Sluis needs Node ${REQUIRED_MAJOR} or newer; this is ${process.versions.node} at ${process.execPath}`);
  process.exit(1);
}
