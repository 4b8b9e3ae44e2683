import { ekuiper } from './ekuiper/ekuiper.ts';
import { fluentBit } from './fluent-bit/fluent-bit.ts';
import type { Peer } from './peer.ts';
import { redpandaConnect } from './redpanda-connect/redpanda-connect.ts';
import { telegraf } from './telegraf/telegraf.ts';
import { vector } from './vector/vector.ts';

/** Programs that are driven where they are found on PATH. */
export const others: readonly Peer[] = [telegraf, fluentBit, vector, ekuiper, redpandaConnect];
