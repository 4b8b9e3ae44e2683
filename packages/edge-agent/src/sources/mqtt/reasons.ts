/** Return codes of CONNACK in MQTT 3.1.1, section 3.2.2.3. */
const connectCodes: Record<number, string> = {
  1: 'it does not speak MQTT 3.1.1',
  2: 'it does not take the client id: set clientId',
  3: 'it is not available',
  4: 'user name or password is wrong: check username and password',
  5: 'this client is not authorised: check username, password and clientId',
};

/** Reason codes of MQTT 5, section 2.4, that a broker may refuse or disconnect with. */
const reasonCodes: Record<number, string> = {
  0x80: 'an error it does not specify',
  0x81: 'a malformed packet',
  0x82: 'a protocol error',
  0x83: 'an error of its own',
  0x84: 'it does not speak MQTT 5: set version to 4',
  0x85: 'it does not take the client id: set clientId',
  0x86: 'user name or password is wrong: check username and password',
  0x87: 'this client is not authorised: check username, password, clientId and the topics',
  0x88: 'it is not available',
  0x89: 'it is busy',
  0x8a: 'this client is banned',
  0x8b: 'it is shutting down',
  0x8c: 'the authentication method is wrong',
  0x8d: 'the keep-alive time has passed',
  0x8e: 'another client took over with the same client id: give each its own clientId',
  0x8f: 'the topic filter is invalid',
  0x90: 'the topic name is invalid',
  0x93: 'more messages than the receive maximum',
  0x95: 'the packet is too large',
  0x96: 'the message rate is too high',
  0x97: 'a quota is exceeded',
  0x98: 'an administrator asked for it',
  0x9a: 'it does not retain messages',
  0x9b: 'it does not offer this quality of service',
  0x9c: 'this client should use another server',
  0x9d: 'this client should move to another server',
  0x9e: 'it does not offer shared subscriptions',
  0x9f: 'too many connections in a short time',
  0xa0: 'the connection lasted for as long as it may',
  0xa2: 'it does not offer wildcards',
};

/** Why a broker did not accept a connection, in words and with what to do where that is known. */
export function connectRefusal(version: 4 | 5, code: number): string {
  return (version === 5 ? reasonCodes[code] : connectCodes[code]) ?? `code ${code}`;
}

/** A reason code of MQTT 5 in words. */
export function reason(code: number): string {
  return reasonCodes[code] ?? `code ${code}`;
}

/** From here on a code means failure, in SUBACK of both versions too. */
export const FAILURE = 0x80;
