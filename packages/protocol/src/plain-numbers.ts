import protobuf from 'protobufjs/minimal.js';

// Where the package long is installed, protobufjs reads 64-bit fields as objects. Ours are all below 2^53: numbers, everywhere.
Reflect.deleteProperty(protobuf.util, 'Long');
protobuf.configure();
