import * as $protobuf from "protobufjs";
import Long = require("long");

/** Namespace sluis. */
export namespace sluis {

    /** Namespace sync. */
    namespace sync {

        /** Namespace v1. */
        namespace v1 {

            /** Lane enum. */
            enum Lane {

                /** LANE_UNSPECIFIED value */
                LANE_UNSPECIFIED = 0,

                /** LANE_ALARM value */
                LANE_ALARM = 1,

                /** LANE_DATA value */
                LANE_DATA = 2,

                /** LANE_DETAIL value */
                LANE_DETAIL = 3
            }

            /**
             * Properties of an AgentMessage.
             * @deprecated Use sluis.sync.v1.AgentMessage.$Properties instead.
             */
            interface IAgentMessage extends sluis.sync.v1.AgentMessage.$Properties {
            }

            /** Represents an AgentMessage. */
            class AgentMessage {

                /**
                 * Constructs a new AgentMessage.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.AgentMessage.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AgentMessage hello. */
                hello?: (sluis.sync.v1.Hello.$Properties|null);

                /** AgentMessage definitions. */
                definitions?: (sluis.sync.v1.Definitions.$Properties|null);

                /** AgentMessage segment. */
                segment?: (sluis.sync.v1.Segment.$Properties|null);

                /** AgentMessage report. */
                report?: (sluis.sync.v1.Report.$Properties|null);

                /** AgentMessage message. */
                message?: ("hello"|"definitions"|"segment"|"report");

                /**
                 * Creates a new AgentMessage instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns AgentMessage instance
                 */
                static create(properties: sluis.sync.v1.AgentMessage.$Shape): sluis.sync.v1.AgentMessage & sluis.sync.v1.AgentMessage.$Shape;
                static create(properties?: sluis.sync.v1.AgentMessage.$Properties): sluis.sync.v1.AgentMessage;

                /**
                 * Encodes the specified AgentMessage message. Does not implicitly {@link sluis.sync.v1.AgentMessage.verify|verify} messages.
                 * @param message AgentMessage message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.AgentMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AgentMessage message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.AgentMessage & sluis.sync.v1.AgentMessage.$Shape} AgentMessage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.AgentMessage & sluis.sync.v1.AgentMessage.$Shape;
            }

            namespace AgentMessage {

                /** Properties of an AgentMessage. */
                interface $Properties {

                    /** AgentMessage hello */
                    hello?: (sluis.sync.v1.Hello.$Properties|null);

                    /** AgentMessage definitions */
                    definitions?: (sluis.sync.v1.Definitions.$Properties|null);

                    /** AgentMessage segment */
                    segment?: (sluis.sync.v1.Segment.$Properties|null);

                    /** AgentMessage report */
                    report?: (sluis.sync.v1.Report.$Properties|null);

                    /** AgentMessage message */
                    message?: ("hello"|"definitions"|"segment"|"report");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of an AgentMessage. */
                type $Shape = {
                  hello?: sluis.sync.v1.Hello.$Shape|null;
                  definitions?: sluis.sync.v1.Definitions.$Shape|null;
                  segment?: sluis.sync.v1.Segment.$Shape|null;
                  report?: sluis.sync.v1.Report.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ message?: undefined; hello?: null; definitions?: null; segment?: null; report?: null }|{ message?: "hello"; hello: sluis.sync.v1.Hello.$Shape; definitions?: null; segment?: null; report?: null }|{ message?: "definitions"; hello?: null; definitions: sluis.sync.v1.Definitions.$Shape; segment?: null; report?: null }|{ message?: "segment"; hello?: null; definitions?: null; segment: sluis.sync.v1.Segment.$Shape; report?: null }|{ message?: "report"; hello?: null; definitions?: null; segment?: null; report: sluis.sync.v1.Report.$Shape })
                );
            }

            /**
             * Properties of a HubMessage.
             * @deprecated Use sluis.sync.v1.HubMessage.$Properties instead.
             */
            interface IHubMessage extends sluis.sync.v1.HubMessage.$Properties {
            }

            /** Represents a HubMessage. */
            class HubMessage {

                /**
                 * Constructs a new HubMessage.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.HubMessage.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** HubMessage welcome. */
                welcome?: (sluis.sync.v1.Welcome.$Properties|null);

                /** HubMessage ack. */
                ack?: (sluis.sync.v1.Ack.$Properties|null);

                /** HubMessage refusal. */
                refusal?: (sluis.sync.v1.Refusal.$Properties|null);

                /** HubMessage message. */
                message?: ("welcome"|"ack"|"refusal");

                /**
                 * Creates a new HubMessage instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns HubMessage instance
                 */
                static create(properties: sluis.sync.v1.HubMessage.$Shape): sluis.sync.v1.HubMessage & sluis.sync.v1.HubMessage.$Shape;
                static create(properties?: sluis.sync.v1.HubMessage.$Properties): sluis.sync.v1.HubMessage;

                /**
                 * Encodes the specified HubMessage message. Does not implicitly {@link sluis.sync.v1.HubMessage.verify|verify} messages.
                 * @param message HubMessage message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.HubMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a HubMessage message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.HubMessage & sluis.sync.v1.HubMessage.$Shape} HubMessage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.HubMessage & sluis.sync.v1.HubMessage.$Shape;
            }

            namespace HubMessage {

                /** Properties of a HubMessage. */
                interface $Properties {

                    /** HubMessage welcome */
                    welcome?: (sluis.sync.v1.Welcome.$Properties|null);

                    /** HubMessage ack */
                    ack?: (sluis.sync.v1.Ack.$Properties|null);

                    /** HubMessage refusal */
                    refusal?: (sluis.sync.v1.Refusal.$Properties|null);

                    /** HubMessage message */
                    message?: ("welcome"|"ack"|"refusal");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a HubMessage. */
                type $Shape = {
                  welcome?: sluis.sync.v1.Welcome.$Shape|null;
                  ack?: sluis.sync.v1.Ack.$Shape|null;
                  refusal?: sluis.sync.v1.Refusal.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ message?: undefined; welcome?: null; ack?: null; refusal?: null }|{ message?: "welcome"; welcome: sluis.sync.v1.Welcome.$Shape; ack?: null; refusal?: null }|{ message?: "ack"; welcome?: null; ack: sluis.sync.v1.Ack.$Shape; refusal?: null }|{ message?: "refusal"; welcome?: null; ack?: null; refusal: sluis.sync.v1.Refusal.$Shape })
                );
            }

            /**
             * Properties of a Hello.
             * @deprecated Use sluis.sync.v1.Hello.$Properties instead.
             */
            interface IHello extends sluis.sync.v1.Hello.$Properties {
            }

            /** Represents a Hello. */
            class Hello {

                /**
                 * Constructs a new Hello.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.Hello.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Hello version. */
                version: number;

                /** Hello minimumVersion. */
                minimumVersion: number;

                /** Hello agent. */
                agent: string;

                /** Hello site. */
                site: string;

                /** Hello software. */
                software: string;

                /** Hello epoch. */
                epoch: Uint8Array;

                /** Hello lanes. */
                lanes: sluis.sync.v1.LaneState.$Properties[];

                /** Hello clock. */
                clock: number;

                /** Hello instance. */
                instance: Uint8Array;

                /**
                 * Creates a new Hello instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Hello instance
                 */
                static create(properties: sluis.sync.v1.Hello.$Shape): sluis.sync.v1.Hello & sluis.sync.v1.Hello.$Shape;
                static create(properties?: sluis.sync.v1.Hello.$Properties): sluis.sync.v1.Hello;

                /**
                 * Encodes the specified Hello message. Does not implicitly {@link sluis.sync.v1.Hello.verify|verify} messages.
                 * @param message Hello message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.Hello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Hello message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Hello & sluis.sync.v1.Hello.$Shape} Hello
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.Hello & sluis.sync.v1.Hello.$Shape;
            }

            namespace Hello {

                /** Properties of a Hello. */
                interface $Properties {

                    /** Hello version */
                    version?: (number|null);

                    /** Hello minimumVersion */
                    minimumVersion?: (number|null);

                    /** Hello agent */
                    agent?: (string|null);

                    /** Hello site */
                    site?: (string|null);

                    /** Hello software */
                    software?: (string|null);

                    /** Hello epoch */
                    epoch?: (Uint8Array|null);

                    /** Hello lanes */
                    lanes?: (sluis.sync.v1.LaneState.$Properties[]|null);

                    /** Hello clock */
                    clock?: (number|null);

                    /** Hello instance */
                    instance?: (Uint8Array|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Hello. */
                type $Shape = sluis.sync.v1.Hello.$Properties;
            }

            /**
             * Properties of a LaneState.
             * @deprecated Use sluis.sync.v1.LaneState.$Properties instead.
             */
            interface ILaneState extends sluis.sync.v1.LaneState.$Properties {
            }

            /** Represents a LaneState. */
            class LaneState {

                /**
                 * Constructs a new LaneState.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.LaneState.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** LaneState lane. */
                lane: sluis.sync.v1.Lane;

                /** LaneState first. */
                first: number;

                /** LaneState lowest. */
                lowest: number;

                /** LaneState next. */
                next: number;

                /**
                 * Creates a new LaneState instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns LaneState instance
                 */
                static create(properties: sluis.sync.v1.LaneState.$Shape): sluis.sync.v1.LaneState & sluis.sync.v1.LaneState.$Shape;
                static create(properties?: sluis.sync.v1.LaneState.$Properties): sluis.sync.v1.LaneState;

                /**
                 * Encodes the specified LaneState message. Does not implicitly {@link sluis.sync.v1.LaneState.verify|verify} messages.
                 * @param message LaneState message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.LaneState.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a LaneState message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.LaneState & sluis.sync.v1.LaneState.$Shape} LaneState
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.LaneState & sluis.sync.v1.LaneState.$Shape;
            }

            namespace LaneState {

                /** Properties of a LaneState. */
                interface $Properties {

                    /** LaneState lane */
                    lane?: (sluis.sync.v1.Lane|null);

                    /** LaneState first */
                    first?: (number|null);

                    /** LaneState lowest */
                    lowest?: (number|null);

                    /** LaneState next */
                    next?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a LaneState. */
                type $Shape = sluis.sync.v1.LaneState.$Properties;
            }

            /**
             * Properties of a Welcome.
             * @deprecated Use sluis.sync.v1.Welcome.$Properties instead.
             */
            interface IWelcome extends sluis.sync.v1.Welcome.$Properties {
            }

            /** Represents a Welcome. */
            class Welcome {

                /**
                 * Constructs a new Welcome.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.Welcome.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Welcome version. */
                version: number;

                /** Welcome received. */
                received: sluis.sync.v1.LaneReceived.$Properties[];

                /** Welcome knownSeries. */
                knownSeries: number;

                /** Welcome credit. */
                credit: number;

                /**
                 * Creates a new Welcome instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Welcome instance
                 */
                static create(properties: sluis.sync.v1.Welcome.$Shape): sluis.sync.v1.Welcome & sluis.sync.v1.Welcome.$Shape;
                static create(properties?: sluis.sync.v1.Welcome.$Properties): sluis.sync.v1.Welcome;

                /**
                 * Encodes the specified Welcome message. Does not implicitly {@link sluis.sync.v1.Welcome.verify|verify} messages.
                 * @param message Welcome message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.Welcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Welcome message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Welcome & sluis.sync.v1.Welcome.$Shape} Welcome
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.Welcome & sluis.sync.v1.Welcome.$Shape;
            }

            namespace Welcome {

                /** Properties of a Welcome. */
                interface $Properties {

                    /** Welcome version */
                    version?: (number|null);

                    /** Welcome received */
                    received?: (sluis.sync.v1.LaneReceived.$Properties[]|null);

                    /** Welcome knownSeries */
                    knownSeries?: (number|null);

                    /** Welcome credit */
                    credit?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Welcome. */
                type $Shape = sluis.sync.v1.Welcome.$Properties;
            }

            /**
             * Properties of a LaneReceived.
             * @deprecated Use sluis.sync.v1.LaneReceived.$Properties instead.
             */
            interface ILaneReceived extends sluis.sync.v1.LaneReceived.$Properties {
            }

            /** Represents a LaneReceived. */
            class LaneReceived {

                /**
                 * Constructs a new LaneReceived.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.LaneReceived.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** LaneReceived lane. */
                lane: sluis.sync.v1.Lane;

                /** LaneReceived ranges. */
                ranges: sluis.sync.v1.Range.$Properties[];

                /** LaneReceived highestCrc. */
                highestCrc: number;

                /**
                 * Creates a new LaneReceived instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns LaneReceived instance
                 */
                static create(properties: sluis.sync.v1.LaneReceived.$Shape): sluis.sync.v1.LaneReceived & sluis.sync.v1.LaneReceived.$Shape;
                static create(properties?: sluis.sync.v1.LaneReceived.$Properties): sluis.sync.v1.LaneReceived;

                /**
                 * Encodes the specified LaneReceived message. Does not implicitly {@link sluis.sync.v1.LaneReceived.verify|verify} messages.
                 * @param message LaneReceived message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.LaneReceived.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a LaneReceived message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.LaneReceived & sluis.sync.v1.LaneReceived.$Shape} LaneReceived
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.LaneReceived & sluis.sync.v1.LaneReceived.$Shape;
            }

            namespace LaneReceived {

                /** Properties of a LaneReceived. */
                interface $Properties {

                    /** LaneReceived lane */
                    lane?: (sluis.sync.v1.Lane|null);

                    /** LaneReceived ranges */
                    ranges?: (sluis.sync.v1.Range.$Properties[]|null);

                    /** LaneReceived highestCrc */
                    highestCrc?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a LaneReceived. */
                type $Shape = sluis.sync.v1.LaneReceived.$Properties;
            }

            /**
             * Properties of a Range.
             * @deprecated Use sluis.sync.v1.Range.$Properties instead.
             */
            interface IRange extends sluis.sync.v1.Range.$Properties {
            }

            /** Represents a Range. */
            class Range {

                /**
                 * Constructs a new Range.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.Range.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Range from. */
                from: number;

                /** Range to. */
                to: number;

                /**
                 * Creates a new Range instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Range instance
                 */
                static create(properties: sluis.sync.v1.Range.$Shape): sluis.sync.v1.Range & sluis.sync.v1.Range.$Shape;
                static create(properties?: sluis.sync.v1.Range.$Properties): sluis.sync.v1.Range;

                /**
                 * Encodes the specified Range message. Does not implicitly {@link sluis.sync.v1.Range.verify|verify} messages.
                 * @param message Range message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.Range.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Range message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Range & sluis.sync.v1.Range.$Shape} Range
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.Range & sluis.sync.v1.Range.$Shape;
            }

            namespace Range {

                /** Properties of a Range. */
                interface $Properties {

                    /** Range from */
                    from?: (number|null);

                    /** Range to */
                    to?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Range. */
                type $Shape = sluis.sync.v1.Range.$Properties;
            }

            /**
             * Properties of a Definitions.
             * @deprecated Use sluis.sync.v1.Definitions.$Properties instead.
             */
            interface IDefinitions extends sluis.sync.v1.Definitions.$Properties {
            }

            /** Represents a Definitions. */
            class Definitions {

                /**
                 * Constructs a new Definitions.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.Definitions.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Definitions first. */
                first: number;

                /** Definitions series. */
                series: sluis.sync.v1.Definition.$Properties[];

                /**
                 * Creates a new Definitions instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Definitions instance
                 */
                static create(properties: sluis.sync.v1.Definitions.$Shape): sluis.sync.v1.Definitions & sluis.sync.v1.Definitions.$Shape;
                static create(properties?: sluis.sync.v1.Definitions.$Properties): sluis.sync.v1.Definitions;

                /**
                 * Encodes the specified Definitions message. Does not implicitly {@link sluis.sync.v1.Definitions.verify|verify} messages.
                 * @param message Definitions message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.Definitions.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Definitions message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Definitions & sluis.sync.v1.Definitions.$Shape} Definitions
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.Definitions & sluis.sync.v1.Definitions.$Shape;
            }

            namespace Definitions {

                /** Properties of a Definitions. */
                interface $Properties {

                    /** Definitions first */
                    first?: (number|null);

                    /** Definitions series */
                    series?: (sluis.sync.v1.Definition.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Definitions. */
                type $Shape = sluis.sync.v1.Definitions.$Properties;
            }

            /**
             * Properties of a Definition.
             * @deprecated Use sluis.sync.v1.Definition.$Properties instead.
             */
            interface IDefinition extends sluis.sync.v1.Definition.$Properties {
            }

            /** Represents a Definition. */
            class Definition {

                /**
                 * Constructs a new Definition.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.Definition.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Definition path. */
                path: string;

                /** Definition unit. */
                unit: string;

                /**
                 * Creates a new Definition instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Definition instance
                 */
                static create(properties: sluis.sync.v1.Definition.$Shape): sluis.sync.v1.Definition & sluis.sync.v1.Definition.$Shape;
                static create(properties?: sluis.sync.v1.Definition.$Properties): sluis.sync.v1.Definition;

                /**
                 * Encodes the specified Definition message. Does not implicitly {@link sluis.sync.v1.Definition.verify|verify} messages.
                 * @param message Definition message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.Definition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Definition message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Definition & sluis.sync.v1.Definition.$Shape} Definition
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.Definition & sluis.sync.v1.Definition.$Shape;
            }

            namespace Definition {

                /** Properties of a Definition. */
                interface $Properties {

                    /** Definition path */
                    path?: (string|null);

                    /** Definition unit */
                    unit?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Definition. */
                type $Shape = sluis.sync.v1.Definition.$Properties;
            }

            /**
             * Properties of a Segment.
             * @deprecated Use sluis.sync.v1.Segment.$Properties instead.
             */
            interface ISegment extends sluis.sync.v1.Segment.$Properties {
            }

            /** Represents a Segment. */
            class Segment {

                /**
                 * Constructs a new Segment.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.Segment.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Segment lane. */
                lane: sluis.sync.v1.Lane;

                /** Segment sequences. */
                sequences?: (sluis.sync.v1.Range.$Properties|null);

                /** Segment samples. */
                samples: number;

                /** Segment crc. */
                crc: number;

                /** Segment data. */
                data: Uint8Array;

                /** Segment seriesBound. */
                seriesBound: number;

                /** Segment lastCrc. */
                lastCrc?: (number|null);

                /**
                 * Creates a new Segment instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Segment instance
                 */
                static create(properties: sluis.sync.v1.Segment.$Shape): sluis.sync.v1.Segment & sluis.sync.v1.Segment.$Shape;
                static create(properties?: sluis.sync.v1.Segment.$Properties): sluis.sync.v1.Segment;

                /**
                 * Encodes the specified Segment message. Does not implicitly {@link sluis.sync.v1.Segment.verify|verify} messages.
                 * @param message Segment message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.Segment.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Segment message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Segment & sluis.sync.v1.Segment.$Shape} Segment
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.Segment & sluis.sync.v1.Segment.$Shape;
            }

            namespace Segment {

                /** Properties of a Segment. */
                interface $Properties {

                    /** Segment lane */
                    lane?: (sluis.sync.v1.Lane|null);

                    /** Segment sequences */
                    sequences?: (sluis.sync.v1.Range.$Properties|null);

                    /** Segment samples */
                    samples?: (number|null);

                    /** Segment crc */
                    crc?: (number|null);

                    /** Segment data */
                    data?: (Uint8Array|null);

                    /** Segment seriesBound */
                    seriesBound?: (number|null);

                    /** Segment lastCrc */
                    lastCrc?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Segment. */
                type $Shape = sluis.sync.v1.Segment.$Properties;
            }

            /**
             * Properties of an Ack.
             * @deprecated Use sluis.sync.v1.Ack.$Properties instead.
             */
            interface IAck extends sluis.sync.v1.Ack.$Properties {
            }

            /** Represents an Ack. */
            class Ack {

                /**
                 * Constructs a new Ack.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.Ack.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Ack received. */
                received: sluis.sync.v1.LaneReceived.$Properties[];

                /** Ack knownSeries. */
                knownSeries: number;

                /** Ack credit. */
                credit: number;

                /**
                 * Creates a new Ack instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Ack instance
                 */
                static create(properties: sluis.sync.v1.Ack.$Shape): sluis.sync.v1.Ack & sluis.sync.v1.Ack.$Shape;
                static create(properties?: sluis.sync.v1.Ack.$Properties): sluis.sync.v1.Ack;

                /**
                 * Encodes the specified Ack message. Does not implicitly {@link sluis.sync.v1.Ack.verify|verify} messages.
                 * @param message Ack message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.Ack.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Ack message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Ack & sluis.sync.v1.Ack.$Shape} Ack
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.Ack & sluis.sync.v1.Ack.$Shape;
            }

            namespace Ack {

                /** Properties of an Ack. */
                interface $Properties {

                    /** Ack received */
                    received?: (sluis.sync.v1.LaneReceived.$Properties[]|null);

                    /** Ack knownSeries */
                    knownSeries?: (number|null);

                    /** Ack credit */
                    credit?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Ack. */
                type $Shape = sluis.sync.v1.Ack.$Properties;
            }

            /**
             * Properties of a Report.
             * @deprecated Use sluis.sync.v1.Report.$Properties instead.
             */
            interface IReport extends sluis.sync.v1.Report.$Properties {
            }

            /** Represents a Report. */
            class Report {

                /**
                 * Constructs a new Report.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.Report.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Report backlogSamples. */
                backlogSamples: number;

                /** Report backlogBytes. */
                backlogBytes: number;

                /** Report shed. */
                shed: sluis.sync.v1.Shed.$Properties[];

                /** Report clock. */
                clock: number;

                /** Report resent. */
                resent: number;

                /** Report journal. */
                journal?: (sluis.sync.v1.JournalLosses.$Properties|null);

                /**
                 * Creates a new Report instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Report instance
                 */
                static create(properties: sluis.sync.v1.Report.$Shape): sluis.sync.v1.Report & sluis.sync.v1.Report.$Shape;
                static create(properties?: sluis.sync.v1.Report.$Properties): sluis.sync.v1.Report;

                /**
                 * Encodes the specified Report message. Does not implicitly {@link sluis.sync.v1.Report.verify|verify} messages.
                 * @param message Report message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.Report.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Report message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Report & sluis.sync.v1.Report.$Shape} Report
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.Report & sluis.sync.v1.Report.$Shape;
            }

            namespace Report {

                /** Properties of a Report. */
                interface $Properties {

                    /** Report backlogSamples */
                    backlogSamples?: (number|null);

                    /** Report backlogBytes */
                    backlogBytes?: (number|null);

                    /** Report shed */
                    shed?: (sluis.sync.v1.Shed.$Properties[]|null);

                    /** Report clock */
                    clock?: (number|null);

                    /** Report resent */
                    resent?: (number|null);

                    /** Report journal */
                    journal?: (sluis.sync.v1.JournalLosses.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Report. */
                type $Shape = sluis.sync.v1.Report.$Properties;
            }

            /**
             * Properties of a JournalLosses.
             * @deprecated Use sluis.sync.v1.JournalLosses.$Properties instead.
             */
            interface IJournalLosses extends sluis.sync.v1.JournalLosses.$Properties {
            }

            /** Represents a JournalLosses. */
            class JournalLosses {

                /**
                 * Constructs a new JournalLosses.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.JournalLosses.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** JournalLosses epoch. */
                epoch: Uint8Array;

                /** JournalLosses losses. */
                losses: sluis.sync.v1.JournalLoss.$Properties[];

                /**
                 * Creates a new JournalLosses instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns JournalLosses instance
                 */
                static create(properties: sluis.sync.v1.JournalLosses.$Shape): sluis.sync.v1.JournalLosses & sluis.sync.v1.JournalLosses.$Shape;
                static create(properties?: sluis.sync.v1.JournalLosses.$Properties): sluis.sync.v1.JournalLosses;

                /**
                 * Encodes the specified JournalLosses message. Does not implicitly {@link sluis.sync.v1.JournalLosses.verify|verify} messages.
                 * @param message JournalLosses message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.JournalLosses.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a JournalLosses message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.JournalLosses & sluis.sync.v1.JournalLosses.$Shape} JournalLosses
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.JournalLosses & sluis.sync.v1.JournalLosses.$Shape;
            }

            namespace JournalLosses {

                /** Properties of a JournalLosses. */
                interface $Properties {

                    /** JournalLosses epoch */
                    epoch?: (Uint8Array|null);

                    /** JournalLosses losses */
                    losses?: (sluis.sync.v1.JournalLoss.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a JournalLosses. */
                type $Shape = sluis.sync.v1.JournalLosses.$Properties;
            }

            /**
             * Properties of a JournalLoss.
             * @deprecated Use sluis.sync.v1.JournalLoss.$Properties instead.
             */
            interface IJournalLoss extends sluis.sync.v1.JournalLoss.$Properties {
            }

            /** Represents a JournalLoss. */
            class JournalLoss {

                /**
                 * Constructs a new JournalLoss.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.JournalLoss.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** JournalLoss source. */
                source: string;

                /** JournalLoss reason. */
                reason: string;

                /** JournalLoss samples. */
                samples: number;

                /** JournalLoss sequences. */
                sequences?: (sluis.sync.v1.Range.$Properties|null);

                /** JournalLoss firstTime. */
                firstTime?: (number|null);

                /** JournalLoss lastTime. */
                lastTime?: (number|null);

                /**
                 * Creates a new JournalLoss instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns JournalLoss instance
                 */
                static create(properties: sluis.sync.v1.JournalLoss.$Shape): sluis.sync.v1.JournalLoss & sluis.sync.v1.JournalLoss.$Shape;
                static create(properties?: sluis.sync.v1.JournalLoss.$Properties): sluis.sync.v1.JournalLoss;

                /**
                 * Encodes the specified JournalLoss message. Does not implicitly {@link sluis.sync.v1.JournalLoss.verify|verify} messages.
                 * @param message JournalLoss message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.JournalLoss.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a JournalLoss message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.JournalLoss & sluis.sync.v1.JournalLoss.$Shape} JournalLoss
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.JournalLoss & sluis.sync.v1.JournalLoss.$Shape;
            }

            namespace JournalLoss {

                /** Properties of a JournalLoss. */
                interface $Properties {

                    /** JournalLoss source */
                    source?: (string|null);

                    /** JournalLoss reason */
                    reason?: (string|null);

                    /** JournalLoss samples */
                    samples?: (number|null);

                    /** JournalLoss sequences */
                    sequences?: (sluis.sync.v1.Range.$Properties|null);

                    /** JournalLoss firstTime */
                    firstTime?: (number|null);

                    /** JournalLoss lastTime */
                    lastTime?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a JournalLoss. */
                type $Shape = sluis.sync.v1.JournalLoss.$Properties;
            }

            /**
             * Properties of a Shed.
             * @deprecated Use sluis.sync.v1.Shed.$Properties instead.
             */
            interface IShed extends sluis.sync.v1.Shed.$Properties {
            }

            /** Represents a Shed. */
            class Shed {

                /**
                 * Constructs a new Shed.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.Shed.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Shed lane. */
                lane: sluis.sync.v1.Lane;

                /** Shed sequences. */
                sequences?: (sluis.sync.v1.Range.$Properties|null);

                /** Shed samples. */
                samples: number;

                /** Shed reason. */
                reason: string;

                /** Shed firstTime. */
                firstTime?: (number|null);

                /** Shed lastTime. */
                lastTime?: (number|null);

                /** Shed epoch. */
                epoch: Uint8Array;

                /**
                 * Creates a new Shed instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Shed instance
                 */
                static create(properties: sluis.sync.v1.Shed.$Shape): sluis.sync.v1.Shed & sluis.sync.v1.Shed.$Shape;
                static create(properties?: sluis.sync.v1.Shed.$Properties): sluis.sync.v1.Shed;

                /**
                 * Encodes the specified Shed message. Does not implicitly {@link sluis.sync.v1.Shed.verify|verify} messages.
                 * @param message Shed message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.Shed.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Shed message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Shed & sluis.sync.v1.Shed.$Shape} Shed
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.Shed & sluis.sync.v1.Shed.$Shape;
            }

            namespace Shed {

                /** Properties of a Shed. */
                interface $Properties {

                    /** Shed lane */
                    lane?: (sluis.sync.v1.Lane|null);

                    /** Shed sequences */
                    sequences?: (sluis.sync.v1.Range.$Properties|null);

                    /** Shed samples */
                    samples?: (number|null);

                    /** Shed reason */
                    reason?: (string|null);

                    /** Shed firstTime */
                    firstTime?: (number|null);

                    /** Shed lastTime */
                    lastTime?: (number|null);

                    /** Shed epoch */
                    epoch?: (Uint8Array|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Shed. */
                type $Shape = sluis.sync.v1.Shed.$Properties;
            }

            /**
             * Properties of a Refusal.
             * @deprecated Use sluis.sync.v1.Refusal.$Properties instead.
             */
            interface IRefusal extends sluis.sync.v1.Refusal.$Properties {
            }

            /** Represents a Refusal. */
            class Refusal {

                /**
                 * Constructs a new Refusal.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sluis.sync.v1.Refusal.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Refusal reason. */
                reason: sluis.sync.v1.Refusal.Reason;

                /** Refusal message. */
                message: string;

                /** Refusal lane. */
                lane: sluis.sync.v1.Lane;

                /** Refusal sequences. */
                sequences?: (sluis.sync.v1.Range.$Properties|null);

                /**
                 * Creates a new Refusal instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Refusal instance
                 */
                static create(properties: sluis.sync.v1.Refusal.$Shape): sluis.sync.v1.Refusal & sluis.sync.v1.Refusal.$Shape;
                static create(properties?: sluis.sync.v1.Refusal.$Properties): sluis.sync.v1.Refusal;

                /**
                 * Encodes the specified Refusal message. Does not implicitly {@link sluis.sync.v1.Refusal.verify|verify} messages.
                 * @param message Refusal message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sluis.sync.v1.Refusal.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Refusal message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Refusal & sluis.sync.v1.Refusal.$Shape} Refusal
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluis.sync.v1.Refusal & sluis.sync.v1.Refusal.$Shape;
            }

            namespace Refusal {

                /** Properties of a Refusal. */
                interface $Properties {

                    /** Refusal reason */
                    reason?: (sluis.sync.v1.Refusal.Reason|null);

                    /** Refusal message */
                    message?: (string|null);

                    /** Refusal lane */
                    lane?: (sluis.sync.v1.Lane|null);

                    /** Refusal sequences */
                    sequences?: (sluis.sync.v1.Range.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Refusal. */
                type $Shape = sluis.sync.v1.Refusal.$Properties;

                /** Reason enum. */
                enum Reason {

                    /** REASON_UNSPECIFIED value */
                    REASON_UNSPECIFIED = 0,

                    /** REASON_VERSION value */
                    REASON_VERSION = 1,

                    /** REASON_PROTOCOL value */
                    REASON_PROTOCOL = 2,

                    /** REASON_IDENTITY value */
                    REASON_IDENTITY = 3,

                    /** REASON_STORE value */
                    REASON_STORE = 4
                }
            }
        }
    }
}
