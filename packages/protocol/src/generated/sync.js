/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["default"] || ($protobuf.roots["default"] = {});

export const sluis = $root.sluis = (() => {

    /**
     * Namespace sluis.
     * @exports sluis
     * @namespace
     */
    const sluis = {};

    sluis.sync = (function() {

        /**
         * Namespace sync.
         * @memberof sluis
         * @namespace
         */
        const sync = {};

        sync.v1 = (function() {

            /**
             * Namespace v1.
             * @memberof sluis.sync
             * @namespace
             */
            const v1 = {};

            /**
             * Lane enum.
             * @name sluis.sync.v1.Lane
             * @enum {number}
             * @property {number} LANE_UNSPECIFIED=0 LANE_UNSPECIFIED value
             * @property {number} LANE_ALARM=1 LANE_ALARM value
             * @property {number} LANE_DATA=2 LANE_DATA value
             * @property {number} LANE_DETAIL=3 LANE_DETAIL value
             */
            v1.Lane = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "LANE_UNSPECIFIED"] = 0;
                values[valuesById[1] = "LANE_ALARM"] = 1;
                values[valuesById[2] = "LANE_DATA"] = 2;
                values[valuesById[3] = "LANE_DETAIL"] = 3;
                return values;
            })();

            v1.AgentMessage = (function() {

                /**
                 * Properties of an AgentMessage.
                 * @typedef {Object} sluis.sync.v1.AgentMessage.$Properties
                 * @property {sluis.sync.v1.Hello.$Properties|null} [hello] AgentMessage hello
                 * @property {sluis.sync.v1.Definitions.$Properties|null} [definitions] AgentMessage definitions
                 * @property {sluis.sync.v1.Segment.$Properties|null} [segment] AgentMessage segment
                 * @property {sluis.sync.v1.Report.$Properties|null} [report] AgentMessage report
                 * @property {"hello"|"definitions"|"segment"|"report"} [message] AgentMessage message
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an AgentMessage.
                 * @memberof sluis.sync.v1
                 * @interface IAgentMessage
                 * @augments sluis.sync.v1.AgentMessage.$Properties
                 * @deprecated Use sluis.sync.v1.AgentMessage.$Properties instead.
                 */

                /**
                 * Narrowed shape of an AgentMessage.
                 * @typedef {{
                 *   hello?: sluis.sync.v1.Hello.$Shape|null;
                 *   definitions?: sluis.sync.v1.Definitions.$Shape|null;
                 *   segment?: sluis.sync.v1.Segment.$Shape|null;
                 *   report?: sluis.sync.v1.Report.$Shape|null;
                 *   $unknowns?: Array.<Uint8Array>;
                 * } & (
                 *   ({ message?: undefined; hello?: null; definitions?: null; segment?: null; report?: null }|{ message?: "hello"; hello: sluis.sync.v1.Hello.$Shape; definitions?: null; segment?: null; report?: null }|{ message?: "definitions"; hello?: null; definitions: sluis.sync.v1.Definitions.$Shape; segment?: null; report?: null }|{ message?: "segment"; hello?: null; definitions?: null; segment: sluis.sync.v1.Segment.$Shape; report?: null }|{ message?: "report"; hello?: null; definitions?: null; segment?: null; report: sluis.sync.v1.Report.$Shape })
                 * )} sluis.sync.v1.AgentMessage.$Shape
                 */

                /**
                 * Constructs a new AgentMessage.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents an AgentMessage.
                 * @constructor
                 * @param {sluis.sync.v1.AgentMessage.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const AgentMessage = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * AgentMessage hello.
                 * @member {sluis.sync.v1.Hello.$Properties|null|undefined} hello
                 * @memberof sluis.sync.v1.AgentMessage
                 * @instance
                 */
                AgentMessage.prototype.hello = null;

                /**
                 * AgentMessage definitions.
                 * @member {sluis.sync.v1.Definitions.$Properties|null|undefined} definitions
                 * @memberof sluis.sync.v1.AgentMessage
                 * @instance
                 */
                AgentMessage.prototype.definitions = null;

                /**
                 * AgentMessage segment.
                 * @member {sluis.sync.v1.Segment.$Properties|null|undefined} segment
                 * @memberof sluis.sync.v1.AgentMessage
                 * @instance
                 */
                AgentMessage.prototype.segment = null;

                /**
                 * AgentMessage report.
                 * @member {sluis.sync.v1.Report.$Properties|null|undefined} report
                 * @memberof sluis.sync.v1.AgentMessage
                 * @instance
                 */
                AgentMessage.prototype.report = null;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                /**
                 * AgentMessage message.
                 * @member {"hello"|"definitions"|"segment"|"report"|undefined} message
                 * @memberof sluis.sync.v1.AgentMessage
                 * @instance
                 */
                $Object.defineProperty(AgentMessage.prototype, "message", {
                    get: $util.oneOfGetter($oneOfFields = ["hello", "definitions", "segment", "report"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new AgentMessage instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.AgentMessage
                 * @static
                 * @param {sluis.sync.v1.AgentMessage.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.AgentMessage} AgentMessage instance
                 * @type {{
                 *   (properties: sluis.sync.v1.AgentMessage.$Shape): sluis.sync.v1.AgentMessage & sluis.sync.v1.AgentMessage.$Shape;
                 *   (properties?: sluis.sync.v1.AgentMessage.$Properties): sluis.sync.v1.AgentMessage;
                 * }}
                 */
                AgentMessage.create = function(properties) {
                    return new AgentMessage(properties);
                };

                /**
                 * Encodes the specified AgentMessage message. Does not implicitly {@link sluis.sync.v1.AgentMessage.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.AgentMessage
                 * @static
                 * @param {sluis.sync.v1.AgentMessage.$Properties} message AgentMessage message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                AgentMessage.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.hello != null && $Object.hasOwnProperty.call(message, "hello"))
                        $root.sluis.sync.v1.Hello.encode(message.hello, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.definitions != null && $Object.hasOwnProperty.call(message, "definitions"))
                        $root.sluis.sync.v1.Definitions.encode(message.definitions, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.segment != null && $Object.hasOwnProperty.call(message, "segment"))
                        $root.sluis.sync.v1.Segment.encode(message.segment, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.report != null && $Object.hasOwnProperty.call(message, "report"))
                        $root.sluis.sync.v1.Report.encode(message.report, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an AgentMessage message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.AgentMessage
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.AgentMessage & sluis.sync.v1.AgentMessage.$Shape} AgentMessage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                AgentMessage.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.AgentMessage();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                message.hello = $root.sluis.sync.v1.Hello.decode(reader, reader.size(), $undefined, _depth + 1, message.hello);
                                message.message = "hello";
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.definitions = $root.sluis.sync.v1.Definitions.decode(reader, reader.size(), $undefined, _depth + 1, message.definitions);
                                message.message = "definitions";
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.segment = $root.sluis.sync.v1.Segment.decode(reader, reader.size(), $undefined, _depth + 1, message.segment);
                                message.message = "segment";
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                message.report = $root.sluis.sync.v1.Report.decode(reader, reader.size(), $undefined, _depth + 1, message.report);
                                message.message = "report";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return AgentMessage;
            })();

            v1.HubMessage = (function() {

                /**
                 * Properties of a HubMessage.
                 * @typedef {Object} sluis.sync.v1.HubMessage.$Properties
                 * @property {sluis.sync.v1.Welcome.$Properties|null} [welcome] HubMessage welcome
                 * @property {sluis.sync.v1.Ack.$Properties|null} [ack] HubMessage ack
                 * @property {sluis.sync.v1.Refusal.$Properties|null} [refusal] HubMessage refusal
                 * @property {"welcome"|"ack"|"refusal"} [message] HubMessage message
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a HubMessage.
                 * @memberof sluis.sync.v1
                 * @interface IHubMessage
                 * @augments sluis.sync.v1.HubMessage.$Properties
                 * @deprecated Use sluis.sync.v1.HubMessage.$Properties instead.
                 */

                /**
                 * Narrowed shape of a HubMessage.
                 * @typedef {{
                 *   welcome?: sluis.sync.v1.Welcome.$Shape|null;
                 *   ack?: sluis.sync.v1.Ack.$Shape|null;
                 *   refusal?: sluis.sync.v1.Refusal.$Shape|null;
                 *   $unknowns?: Array.<Uint8Array>;
                 * } & (
                 *   ({ message?: undefined; welcome?: null; ack?: null; refusal?: null }|{ message?: "welcome"; welcome: sluis.sync.v1.Welcome.$Shape; ack?: null; refusal?: null }|{ message?: "ack"; welcome?: null; ack: sluis.sync.v1.Ack.$Shape; refusal?: null }|{ message?: "refusal"; welcome?: null; ack?: null; refusal: sluis.sync.v1.Refusal.$Shape })
                 * )} sluis.sync.v1.HubMessage.$Shape
                 */

                /**
                 * Constructs a new HubMessage.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents a HubMessage.
                 * @constructor
                 * @param {sluis.sync.v1.HubMessage.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const HubMessage = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * HubMessage welcome.
                 * @member {sluis.sync.v1.Welcome.$Properties|null|undefined} welcome
                 * @memberof sluis.sync.v1.HubMessage
                 * @instance
                 */
                HubMessage.prototype.welcome = null;

                /**
                 * HubMessage ack.
                 * @member {sluis.sync.v1.Ack.$Properties|null|undefined} ack
                 * @memberof sluis.sync.v1.HubMessage
                 * @instance
                 */
                HubMessage.prototype.ack = null;

                /**
                 * HubMessage refusal.
                 * @member {sluis.sync.v1.Refusal.$Properties|null|undefined} refusal
                 * @memberof sluis.sync.v1.HubMessage
                 * @instance
                 */
                HubMessage.prototype.refusal = null;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                /**
                 * HubMessage message.
                 * @member {"welcome"|"ack"|"refusal"|undefined} message
                 * @memberof sluis.sync.v1.HubMessage
                 * @instance
                 */
                $Object.defineProperty(HubMessage.prototype, "message", {
                    get: $util.oneOfGetter($oneOfFields = ["welcome", "ack", "refusal"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new HubMessage instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.HubMessage
                 * @static
                 * @param {sluis.sync.v1.HubMessage.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.HubMessage} HubMessage instance
                 * @type {{
                 *   (properties: sluis.sync.v1.HubMessage.$Shape): sluis.sync.v1.HubMessage & sluis.sync.v1.HubMessage.$Shape;
                 *   (properties?: sluis.sync.v1.HubMessage.$Properties): sluis.sync.v1.HubMessage;
                 * }}
                 */
                HubMessage.create = function(properties) {
                    return new HubMessage(properties);
                };

                /**
                 * Encodes the specified HubMessage message. Does not implicitly {@link sluis.sync.v1.HubMessage.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.HubMessage
                 * @static
                 * @param {sluis.sync.v1.HubMessage.$Properties} message HubMessage message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                HubMessage.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.welcome != null && $Object.hasOwnProperty.call(message, "welcome"))
                        $root.sluis.sync.v1.Welcome.encode(message.welcome, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.ack != null && $Object.hasOwnProperty.call(message, "ack"))
                        $root.sluis.sync.v1.Ack.encode(message.ack, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.refusal != null && $Object.hasOwnProperty.call(message, "refusal"))
                        $root.sluis.sync.v1.Refusal.encode(message.refusal, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a HubMessage message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.HubMessage
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.HubMessage & sluis.sync.v1.HubMessage.$Shape} HubMessage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                HubMessage.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.HubMessage();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                message.welcome = $root.sluis.sync.v1.Welcome.decode(reader, reader.size(), $undefined, _depth + 1, message.welcome);
                                message.message = "welcome";
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.ack = $root.sluis.sync.v1.Ack.decode(reader, reader.size(), $undefined, _depth + 1, message.ack);
                                message.message = "ack";
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.refusal = $root.sluis.sync.v1.Refusal.decode(reader, reader.size(), $undefined, _depth + 1, message.refusal);
                                message.message = "refusal";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return HubMessage;
            })();

            v1.Hello = (function() {

                /**
                 * Properties of a Hello.
                 * @typedef {Object} sluis.sync.v1.Hello.$Properties
                 * @property {number|null} [version] Hello version
                 * @property {number|null} [minimumVersion] Hello minimumVersion
                 * @property {string|null} [agent] Hello agent
                 * @property {string|null} [site] Hello site
                 * @property {string|null} [software] Hello software
                 * @property {Uint8Array|null} [epoch] Hello epoch
                 * @property {Array.<sluis.sync.v1.LaneState.$Properties>|null} [lanes] Hello lanes
                 * @property {number|null} [clock] Hello clock
                 * @property {Uint8Array|null} [instance] Hello instance
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Hello.
                 * @memberof sluis.sync.v1
                 * @interface IHello
                 * @augments sluis.sync.v1.Hello.$Properties
                 * @deprecated Use sluis.sync.v1.Hello.$Properties instead.
                 */

                /**
                 * Shape of a Hello.
                 * @typedef {sluis.sync.v1.Hello.$Properties} sluis.sync.v1.Hello.$Shape
                 */

                /**
                 * Constructs a new Hello.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents a Hello.
                 * @constructor
                 * @param {sluis.sync.v1.Hello.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Hello = function (properties) {
                    this.lanes = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Hello version.
                 * @member {number} version
                 * @memberof sluis.sync.v1.Hello
                 * @instance
                 */
                Hello.prototype.version = 0;

                /**
                 * Hello minimumVersion.
                 * @member {number} minimumVersion
                 * @memberof sluis.sync.v1.Hello
                 * @instance
                 */
                Hello.prototype.minimumVersion = 0;

                /**
                 * Hello agent.
                 * @member {string} agent
                 * @memberof sluis.sync.v1.Hello
                 * @instance
                 */
                Hello.prototype.agent = "";

                /**
                 * Hello site.
                 * @member {string} site
                 * @memberof sluis.sync.v1.Hello
                 * @instance
                 */
                Hello.prototype.site = "";

                /**
                 * Hello software.
                 * @member {string} software
                 * @memberof sluis.sync.v1.Hello
                 * @instance
                 */
                Hello.prototype.software = "";

                /**
                 * Hello epoch.
                 * @member {Uint8Array} epoch
                 * @memberof sluis.sync.v1.Hello
                 * @instance
                 */
                Hello.prototype.epoch = $util.newBuffer([]);

                /**
                 * Hello lanes.
                 * @member {Array.<sluis.sync.v1.LaneState.$Properties>} lanes
                 * @memberof sluis.sync.v1.Hello
                 * @instance
                 */
                Hello.prototype.lanes = $util.emptyArray;

                /**
                 * Hello clock.
                 * @member {number} clock
                 * @memberof sluis.sync.v1.Hello
                 * @instance
                 */
                Hello.prototype.clock = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Hello instance.
                 * @member {Uint8Array} instance
                 * @memberof sluis.sync.v1.Hello
                 * @instance
                 */
                Hello.prototype.instance = $util.newBuffer([]);

                /**
                 * Creates a new Hello instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.Hello
                 * @static
                 * @param {sluis.sync.v1.Hello.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.Hello} Hello instance
                 * @type {{
                 *   (properties: sluis.sync.v1.Hello.$Shape): sluis.sync.v1.Hello & sluis.sync.v1.Hello.$Shape;
                 *   (properties?: sluis.sync.v1.Hello.$Properties): sluis.sync.v1.Hello;
                 * }}
                 */
                Hello.create = function(properties) {
                    return new Hello(properties);
                };

                /**
                 * Encodes the specified Hello message. Does not implicitly {@link sluis.sync.v1.Hello.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.Hello
                 * @static
                 * @param {sluis.sync.v1.Hello.$Properties} message Hello message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Hello.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.version);
                    if (message.minimumVersion != null && $Object.hasOwnProperty.call(message, "minimumVersion") && message.minimumVersion !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.minimumVersion);
                    if (message.agent != null && $Object.hasOwnProperty.call(message, "agent") && message.agent !== "")
                        writer.uint32(/* id 3, wireType 2 =*/26).string(message.agent);
                    if (message.site != null && $Object.hasOwnProperty.call(message, "site") && message.site !== "")
                        writer.uint32(/* id 4, wireType 2 =*/34).string(message.site);
                    if (message.software != null && $Object.hasOwnProperty.call(message, "software") && message.software !== "")
                        writer.uint32(/* id 5, wireType 2 =*/42).string(message.software);
                    if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && message.epoch.length)
                        writer.uint32(/* id 6, wireType 2 =*/50).bytes(message.epoch);
                    if (message.lanes != null && message.lanes.length)
                        for (let i = 0; i < message.lanes.length; ++i)
                            $root.sluis.sync.v1.LaneState.encode(message.lanes[i], writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                    if (message.clock != null && $Object.hasOwnProperty.call(message, "clock") && (typeof message.clock === "object" ? message.clock.low || message.clock.high : message.clock !== 0))
                        writer.uint32(/* id 8, wireType 0 =*/64).uint64(message.clock);
                    if (message.instance != null && $Object.hasOwnProperty.call(message, "instance") && message.instance.length)
                        writer.uint32(/* id 9, wireType 2 =*/74).bytes(message.instance);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Hello message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.Hello
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Hello & sluis.sync.v1.Hello.$Shape} Hello
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Hello.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.Hello();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.version = value;
                                else
                                    delete message.version;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.minimumVersion = value;
                                else
                                    delete message.minimumVersion;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.agent = value;
                                else
                                    delete message.agent;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.site = value;
                                else
                                    delete message.site;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.software = value;
                                else
                                    delete message.software;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.epoch = value;
                                else
                                    delete message.epoch;
                                continue;
                            }
                        case 7: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.lanes && message.lanes.length))
                                    message.lanes = [];
                                message.lanes.push($root.sluis.sync.v1.LaneState.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        case 8: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.clock = value;
                                else
                                    delete message.clock;
                                continue;
                            }
                        case 9: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.instance = value;
                                else
                                    delete message.instance;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Hello;
            })();

            v1.LaneState = (function() {

                /**
                 * Properties of a LaneState.
                 * @typedef {Object} sluis.sync.v1.LaneState.$Properties
                 * @property {sluis.sync.v1.Lane|null} [lane] LaneState lane
                 * @property {number|null} [first] LaneState first
                 * @property {number|null} [lowest] LaneState lowest
                 * @property {number|null} [next] LaneState next
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a LaneState.
                 * @memberof sluis.sync.v1
                 * @interface ILaneState
                 * @augments sluis.sync.v1.LaneState.$Properties
                 * @deprecated Use sluis.sync.v1.LaneState.$Properties instead.
                 */

                /**
                 * Shape of a LaneState.
                 * @typedef {sluis.sync.v1.LaneState.$Properties} sluis.sync.v1.LaneState.$Shape
                 */

                /**
                 * Constructs a new LaneState.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents a LaneState.
                 * @constructor
                 * @param {sluis.sync.v1.LaneState.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const LaneState = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * LaneState lane.
                 * @member {sluis.sync.v1.Lane} lane
                 * @memberof sluis.sync.v1.LaneState
                 * @instance
                 */
                LaneState.prototype.lane = 0;

                /**
                 * LaneState first.
                 * @member {number} first
                 * @memberof sluis.sync.v1.LaneState
                 * @instance
                 */
                LaneState.prototype.first = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * LaneState lowest.
                 * @member {number} lowest
                 * @memberof sluis.sync.v1.LaneState
                 * @instance
                 */
                LaneState.prototype.lowest = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * LaneState next.
                 * @member {number} next
                 * @memberof sluis.sync.v1.LaneState
                 * @instance
                 */
                LaneState.prototype.next = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Creates a new LaneState instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.LaneState
                 * @static
                 * @param {sluis.sync.v1.LaneState.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.LaneState} LaneState instance
                 * @type {{
                 *   (properties: sluis.sync.v1.LaneState.$Shape): sluis.sync.v1.LaneState & sluis.sync.v1.LaneState.$Shape;
                 *   (properties?: sluis.sync.v1.LaneState.$Properties): sluis.sync.v1.LaneState;
                 * }}
                 */
                LaneState.create = function(properties) {
                    return new LaneState(properties);
                };

                /**
                 * Encodes the specified LaneState message. Does not implicitly {@link sluis.sync.v1.LaneState.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.LaneState
                 * @static
                 * @param {sluis.sync.v1.LaneState.$Properties} message LaneState message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                LaneState.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.lane != null && $Object.hasOwnProperty.call(message, "lane") && message.lane !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).int32(message.lane);
                    if (message.first != null && $Object.hasOwnProperty.call(message, "first") && (typeof message.first === "object" ? message.first.low || message.first.high : message.first !== 0))
                        writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.first);
                    if (message.lowest != null && $Object.hasOwnProperty.call(message, "lowest") && (typeof message.lowest === "object" ? message.lowest.low || message.lowest.high : message.lowest !== 0))
                        writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.lowest);
                    if (message.next != null && $Object.hasOwnProperty.call(message, "next") && (typeof message.next === "object" ? message.next.low || message.next.high : message.next !== 0))
                        writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.next);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a LaneState message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.LaneState
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.LaneState & sluis.sync.v1.LaneState.$Shape} LaneState
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                LaneState.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.LaneState();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.lane = value;
                                else
                                    delete message.lane;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.first = value;
                                else
                                    delete message.first;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.lowest = value;
                                else
                                    delete message.lowest;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.next = value;
                                else
                                    delete message.next;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return LaneState;
            })();

            v1.Welcome = (function() {

                /**
                 * Properties of a Welcome.
                 * @typedef {Object} sluis.sync.v1.Welcome.$Properties
                 * @property {number|null} [version] Welcome version
                 * @property {Array.<sluis.sync.v1.LaneReceived.$Properties>|null} [received] Welcome received
                 * @property {number|null} [knownSeries] Welcome knownSeries
                 * @property {number|null} [credit] Welcome credit
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Welcome.
                 * @memberof sluis.sync.v1
                 * @interface IWelcome
                 * @augments sluis.sync.v1.Welcome.$Properties
                 * @deprecated Use sluis.sync.v1.Welcome.$Properties instead.
                 */

                /**
                 * Shape of a Welcome.
                 * @typedef {sluis.sync.v1.Welcome.$Properties} sluis.sync.v1.Welcome.$Shape
                 */

                /**
                 * Constructs a new Welcome.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents a Welcome.
                 * @constructor
                 * @param {sluis.sync.v1.Welcome.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Welcome = function (properties) {
                    this.received = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Welcome version.
                 * @member {number} version
                 * @memberof sluis.sync.v1.Welcome
                 * @instance
                 */
                Welcome.prototype.version = 0;

                /**
                 * Welcome received.
                 * @member {Array.<sluis.sync.v1.LaneReceived.$Properties>} received
                 * @memberof sluis.sync.v1.Welcome
                 * @instance
                 */
                Welcome.prototype.received = $util.emptyArray;

                /**
                 * Welcome knownSeries.
                 * @member {number} knownSeries
                 * @memberof sluis.sync.v1.Welcome
                 * @instance
                 */
                Welcome.prototype.knownSeries = 0;

                /**
                 * Welcome credit.
                 * @member {number} credit
                 * @memberof sluis.sync.v1.Welcome
                 * @instance
                 */
                Welcome.prototype.credit = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Creates a new Welcome instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.Welcome
                 * @static
                 * @param {sluis.sync.v1.Welcome.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.Welcome} Welcome instance
                 * @type {{
                 *   (properties: sluis.sync.v1.Welcome.$Shape): sluis.sync.v1.Welcome & sluis.sync.v1.Welcome.$Shape;
                 *   (properties?: sluis.sync.v1.Welcome.$Properties): sluis.sync.v1.Welcome;
                 * }}
                 */
                Welcome.create = function(properties) {
                    return new Welcome(properties);
                };

                /**
                 * Encodes the specified Welcome message. Does not implicitly {@link sluis.sync.v1.Welcome.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.Welcome
                 * @static
                 * @param {sluis.sync.v1.Welcome.$Properties} message Welcome message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Welcome.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.version);
                    if (message.received != null && message.received.length)
                        for (let i = 0; i < message.received.length; ++i)
                            $root.sluis.sync.v1.LaneReceived.encode(message.received[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.knownSeries != null && $Object.hasOwnProperty.call(message, "knownSeries") && message.knownSeries !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.knownSeries);
                    if (message.credit != null && $Object.hasOwnProperty.call(message, "credit") && (typeof message.credit === "object" ? message.credit.low || message.credit.high : message.credit !== 0))
                        writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.credit);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Welcome message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.Welcome
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Welcome & sluis.sync.v1.Welcome.$Shape} Welcome
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Welcome.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.Welcome();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.version = value;
                                else
                                    delete message.version;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.received && message.received.length))
                                    message.received = [];
                                message.received.push($root.sluis.sync.v1.LaneReceived.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.knownSeries = value;
                                else
                                    delete message.knownSeries;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.credit = value;
                                else
                                    delete message.credit;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Welcome;
            })();

            v1.LaneReceived = (function() {

                /**
                 * Properties of a LaneReceived.
                 * @typedef {Object} sluis.sync.v1.LaneReceived.$Properties
                 * @property {sluis.sync.v1.Lane|null} [lane] LaneReceived lane
                 * @property {Array.<sluis.sync.v1.Range.$Properties>|null} [ranges] LaneReceived ranges
                 * @property {number|null} [highestCrc] LaneReceived highestCrc
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a LaneReceived.
                 * @memberof sluis.sync.v1
                 * @interface ILaneReceived
                 * @augments sluis.sync.v1.LaneReceived.$Properties
                 * @deprecated Use sluis.sync.v1.LaneReceived.$Properties instead.
                 */

                /**
                 * Shape of a LaneReceived.
                 * @typedef {sluis.sync.v1.LaneReceived.$Properties} sluis.sync.v1.LaneReceived.$Shape
                 */

                /**
                 * Constructs a new LaneReceived.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents a LaneReceived.
                 * @constructor
                 * @param {sluis.sync.v1.LaneReceived.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const LaneReceived = function (properties) {
                    this.ranges = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * LaneReceived lane.
                 * @member {sluis.sync.v1.Lane} lane
                 * @memberof sluis.sync.v1.LaneReceived
                 * @instance
                 */
                LaneReceived.prototype.lane = 0;

                /**
                 * LaneReceived ranges.
                 * @member {Array.<sluis.sync.v1.Range.$Properties>} ranges
                 * @memberof sluis.sync.v1.LaneReceived
                 * @instance
                 */
                LaneReceived.prototype.ranges = $util.emptyArray;

                /**
                 * LaneReceived highestCrc.
                 * @member {number} highestCrc
                 * @memberof sluis.sync.v1.LaneReceived
                 * @instance
                 */
                LaneReceived.prototype.highestCrc = 0;

                /**
                 * Creates a new LaneReceived instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.LaneReceived
                 * @static
                 * @param {sluis.sync.v1.LaneReceived.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.LaneReceived} LaneReceived instance
                 * @type {{
                 *   (properties: sluis.sync.v1.LaneReceived.$Shape): sluis.sync.v1.LaneReceived & sluis.sync.v1.LaneReceived.$Shape;
                 *   (properties?: sluis.sync.v1.LaneReceived.$Properties): sluis.sync.v1.LaneReceived;
                 * }}
                 */
                LaneReceived.create = function(properties) {
                    return new LaneReceived(properties);
                };

                /**
                 * Encodes the specified LaneReceived message. Does not implicitly {@link sluis.sync.v1.LaneReceived.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.LaneReceived
                 * @static
                 * @param {sluis.sync.v1.LaneReceived.$Properties} message LaneReceived message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                LaneReceived.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.lane != null && $Object.hasOwnProperty.call(message, "lane") && message.lane !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).int32(message.lane);
                    if (message.ranges != null && message.ranges.length)
                        for (let i = 0; i < message.ranges.length; ++i)
                            $root.sluis.sync.v1.Range.encode(message.ranges[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.highestCrc != null && $Object.hasOwnProperty.call(message, "highestCrc") && message.highestCrc !== 0)
                        writer.uint32(/* id 3, wireType 5 =*/29).fixed32(message.highestCrc);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a LaneReceived message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.LaneReceived
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.LaneReceived & sluis.sync.v1.LaneReceived.$Shape} LaneReceived
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                LaneReceived.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.LaneReceived();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.lane = value;
                                else
                                    delete message.lane;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.ranges && message.ranges.length))
                                    message.ranges = [];
                                message.ranges.push($root.sluis.sync.v1.Range.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        case 3: {
                                if (wireType !== 5)
                                    break;
                                if (value = reader.fixed32())
                                    message.highestCrc = value;
                                else
                                    delete message.highestCrc;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return LaneReceived;
            })();

            v1.Range = (function() {

                /**
                 * Properties of a Range.
                 * @typedef {Object} sluis.sync.v1.Range.$Properties
                 * @property {number|null} [from] Range from
                 * @property {number|null} [to] Range to
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Range.
                 * @memberof sluis.sync.v1
                 * @interface IRange
                 * @augments sluis.sync.v1.Range.$Properties
                 * @deprecated Use sluis.sync.v1.Range.$Properties instead.
                 */

                /**
                 * Shape of a Range.
                 * @typedef {sluis.sync.v1.Range.$Properties} sluis.sync.v1.Range.$Shape
                 */

                /**
                 * Constructs a new Range.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents a Range.
                 * @constructor
                 * @param {sluis.sync.v1.Range.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Range = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Range from.
                 * @member {number} from
                 * @memberof sluis.sync.v1.Range
                 * @instance
                 */
                Range.prototype.from = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Range to.
                 * @member {number} to
                 * @memberof sluis.sync.v1.Range
                 * @instance
                 */
                Range.prototype.to = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Creates a new Range instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.Range
                 * @static
                 * @param {sluis.sync.v1.Range.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.Range} Range instance
                 * @type {{
                 *   (properties: sluis.sync.v1.Range.$Shape): sluis.sync.v1.Range & sluis.sync.v1.Range.$Shape;
                 *   (properties?: sluis.sync.v1.Range.$Properties): sluis.sync.v1.Range;
                 * }}
                 */
                Range.create = function(properties) {
                    return new Range(properties);
                };

                /**
                 * Encodes the specified Range message. Does not implicitly {@link sluis.sync.v1.Range.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.Range
                 * @static
                 * @param {sluis.sync.v1.Range.$Properties} message Range message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Range.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.from != null && $Object.hasOwnProperty.call(message, "from") && (typeof message.from === "object" ? message.from.low || message.from.high : message.from !== 0))
                        writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.from);
                    if (message.to != null && $Object.hasOwnProperty.call(message, "to") && (typeof message.to === "object" ? message.to.low || message.to.high : message.to !== 0))
                        writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.to);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Range message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.Range
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Range & sluis.sync.v1.Range.$Shape} Range
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Range.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.Range();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.from = value;
                                else
                                    delete message.from;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.to = value;
                                else
                                    delete message.to;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Range;
            })();

            v1.Definitions = (function() {

                /**
                 * Properties of a Definitions.
                 * @typedef {Object} sluis.sync.v1.Definitions.$Properties
                 * @property {number|null} [first] Definitions first
                 * @property {Array.<sluis.sync.v1.Definition.$Properties>|null} [series] Definitions series
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Definitions.
                 * @memberof sluis.sync.v1
                 * @interface IDefinitions
                 * @augments sluis.sync.v1.Definitions.$Properties
                 * @deprecated Use sluis.sync.v1.Definitions.$Properties instead.
                 */

                /**
                 * Shape of a Definitions.
                 * @typedef {sluis.sync.v1.Definitions.$Properties} sluis.sync.v1.Definitions.$Shape
                 */

                /**
                 * Constructs a new Definitions.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents a Definitions.
                 * @constructor
                 * @param {sluis.sync.v1.Definitions.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Definitions = function (properties) {
                    this.series = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Definitions first.
                 * @member {number} first
                 * @memberof sluis.sync.v1.Definitions
                 * @instance
                 */
                Definitions.prototype.first = 0;

                /**
                 * Definitions series.
                 * @member {Array.<sluis.sync.v1.Definition.$Properties>} series
                 * @memberof sluis.sync.v1.Definitions
                 * @instance
                 */
                Definitions.prototype.series = $util.emptyArray;

                /**
                 * Creates a new Definitions instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.Definitions
                 * @static
                 * @param {sluis.sync.v1.Definitions.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.Definitions} Definitions instance
                 * @type {{
                 *   (properties: sluis.sync.v1.Definitions.$Shape): sluis.sync.v1.Definitions & sluis.sync.v1.Definitions.$Shape;
                 *   (properties?: sluis.sync.v1.Definitions.$Properties): sluis.sync.v1.Definitions;
                 * }}
                 */
                Definitions.create = function(properties) {
                    return new Definitions(properties);
                };

                /**
                 * Encodes the specified Definitions message. Does not implicitly {@link sluis.sync.v1.Definitions.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.Definitions
                 * @static
                 * @param {sluis.sync.v1.Definitions.$Properties} message Definitions message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Definitions.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.first != null && $Object.hasOwnProperty.call(message, "first") && message.first !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.first);
                    if (message.series != null && message.series.length)
                        for (let i = 0; i < message.series.length; ++i)
                            $root.sluis.sync.v1.Definition.encode(message.series[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Definitions message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.Definitions
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Definitions & sluis.sync.v1.Definitions.$Shape} Definitions
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Definitions.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.Definitions();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.first = value;
                                else
                                    delete message.first;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.series && message.series.length))
                                    message.series = [];
                                message.series.push($root.sluis.sync.v1.Definition.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Definitions;
            })();

            v1.Definition = (function() {

                /**
                 * Properties of a Definition.
                 * @typedef {Object} sluis.sync.v1.Definition.$Properties
                 * @property {string|null} [path] Definition path
                 * @property {string|null} [unit] Definition unit
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Definition.
                 * @memberof sluis.sync.v1
                 * @interface IDefinition
                 * @augments sluis.sync.v1.Definition.$Properties
                 * @deprecated Use sluis.sync.v1.Definition.$Properties instead.
                 */

                /**
                 * Shape of a Definition.
                 * @typedef {sluis.sync.v1.Definition.$Properties} sluis.sync.v1.Definition.$Shape
                 */

                /**
                 * Constructs a new Definition.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents a Definition.
                 * @constructor
                 * @param {sluis.sync.v1.Definition.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Definition = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Definition path.
                 * @member {string} path
                 * @memberof sluis.sync.v1.Definition
                 * @instance
                 */
                Definition.prototype.path = "";

                /**
                 * Definition unit.
                 * @member {string} unit
                 * @memberof sluis.sync.v1.Definition
                 * @instance
                 */
                Definition.prototype.unit = "";

                /**
                 * Creates a new Definition instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.Definition
                 * @static
                 * @param {sluis.sync.v1.Definition.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.Definition} Definition instance
                 * @type {{
                 *   (properties: sluis.sync.v1.Definition.$Shape): sluis.sync.v1.Definition & sluis.sync.v1.Definition.$Shape;
                 *   (properties?: sluis.sync.v1.Definition.$Properties): sluis.sync.v1.Definition;
                 * }}
                 */
                Definition.create = function(properties) {
                    return new Definition(properties);
                };

                /**
                 * Encodes the specified Definition message. Does not implicitly {@link sluis.sync.v1.Definition.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.Definition
                 * @static
                 * @param {sluis.sync.v1.Definition.$Properties} message Definition message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Definition.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.path != null && $Object.hasOwnProperty.call(message, "path") && message.path !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.path);
                    if (message.unit != null && $Object.hasOwnProperty.call(message, "unit") && message.unit !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.unit);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Definition message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.Definition
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Definition & sluis.sync.v1.Definition.$Shape} Definition
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Definition.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.Definition();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.path = value;
                                else
                                    delete message.path;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.unit = value;
                                else
                                    delete message.unit;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Definition;
            })();

            v1.Segment = (function() {

                /**
                 * Properties of a Segment.
                 * @typedef {Object} sluis.sync.v1.Segment.$Properties
                 * @property {sluis.sync.v1.Lane|null} [lane] Segment lane
                 * @property {sluis.sync.v1.Range.$Properties|null} [sequences] Segment sequences
                 * @property {number|null} [samples] Segment samples
                 * @property {number|null} [crc] Segment crc
                 * @property {Uint8Array|null} [data] Segment data
                 * @property {number|null} [seriesBound] Segment seriesBound
                 * @property {number|null} [lastCrc] Segment lastCrc
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Segment.
                 * @memberof sluis.sync.v1
                 * @interface ISegment
                 * @augments sluis.sync.v1.Segment.$Properties
                 * @deprecated Use sluis.sync.v1.Segment.$Properties instead.
                 */

                /**
                 * Shape of a Segment.
                 * @typedef {sluis.sync.v1.Segment.$Properties} sluis.sync.v1.Segment.$Shape
                 */

                /**
                 * Constructs a new Segment.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents a Segment.
                 * @constructor
                 * @param {sluis.sync.v1.Segment.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Segment = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Segment lane.
                 * @member {sluis.sync.v1.Lane} lane
                 * @memberof sluis.sync.v1.Segment
                 * @instance
                 */
                Segment.prototype.lane = 0;

                /**
                 * Segment sequences.
                 * @member {sluis.sync.v1.Range.$Properties|null|undefined} sequences
                 * @memberof sluis.sync.v1.Segment
                 * @instance
                 */
                Segment.prototype.sequences = null;

                /**
                 * Segment samples.
                 * @member {number} samples
                 * @memberof sluis.sync.v1.Segment
                 * @instance
                 */
                Segment.prototype.samples = 0;

                /**
                 * Segment crc.
                 * @member {number} crc
                 * @memberof sluis.sync.v1.Segment
                 * @instance
                 */
                Segment.prototype.crc = 0;

                /**
                 * Segment data.
                 * @member {Uint8Array} data
                 * @memberof sluis.sync.v1.Segment
                 * @instance
                 */
                Segment.prototype.data = $util.newBuffer([]);

                /**
                 * Segment seriesBound.
                 * @member {number} seriesBound
                 * @memberof sluis.sync.v1.Segment
                 * @instance
                 */
                Segment.prototype.seriesBound = 0;

                /**
                 * Segment lastCrc.
                 * @member {number|null|undefined} lastCrc
                 * @memberof sluis.sync.v1.Segment
                 * @instance
                 */
                Segment.prototype.lastCrc = null;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Segment.prototype, "_lastCrc", {
                    get: $util.oneOfGetter($oneOfFields = ["lastCrc"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new Segment instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.Segment
                 * @static
                 * @param {sluis.sync.v1.Segment.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.Segment} Segment instance
                 * @type {{
                 *   (properties: sluis.sync.v1.Segment.$Shape): sluis.sync.v1.Segment & sluis.sync.v1.Segment.$Shape;
                 *   (properties?: sluis.sync.v1.Segment.$Properties): sluis.sync.v1.Segment;
                 * }}
                 */
                Segment.create = function(properties) {
                    return new Segment(properties);
                };

                /**
                 * Encodes the specified Segment message. Does not implicitly {@link sluis.sync.v1.Segment.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.Segment
                 * @static
                 * @param {sluis.sync.v1.Segment.$Properties} message Segment message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Segment.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.lane != null && $Object.hasOwnProperty.call(message, "lane") && message.lane !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).int32(message.lane);
                    if (message.sequences != null && $Object.hasOwnProperty.call(message, "sequences"))
                        $root.sluis.sync.v1.Range.encode(message.sequences, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.samples != null && $Object.hasOwnProperty.call(message, "samples") && message.samples !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.samples);
                    if (message.crc != null && $Object.hasOwnProperty.call(message, "crc") && message.crc !== 0)
                        writer.uint32(/* id 4, wireType 5 =*/37).fixed32(message.crc);
                    if (message.data != null && $Object.hasOwnProperty.call(message, "data") && message.data.length)
                        writer.uint32(/* id 5, wireType 2 =*/42).bytes(message.data);
                    if (message.seriesBound != null && $Object.hasOwnProperty.call(message, "seriesBound") && message.seriesBound !== 0)
                        writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.seriesBound);
                    if (message.lastCrc != null && $Object.hasOwnProperty.call(message, "lastCrc"))
                        writer.uint32(/* id 7, wireType 5 =*/61).fixed32(message.lastCrc);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Segment message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.Segment
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Segment & sluis.sync.v1.Segment.$Shape} Segment
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Segment.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.Segment();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.lane = value;
                                else
                                    delete message.lane;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.sequences = $root.sluis.sync.v1.Range.decode(reader, reader.size(), $undefined, _depth + 1, message.sequences);
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.samples = value;
                                else
                                    delete message.samples;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 5)
                                    break;
                                if (value = reader.fixed32())
                                    message.crc = value;
                                else
                                    delete message.crc;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.data = value;
                                else
                                    delete message.data;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.seriesBound = value;
                                else
                                    delete message.seriesBound;
                                continue;
                            }
                        case 7: {
                                if (wireType !== 5)
                                    break;
                                message.lastCrc = reader.fixed32();
                                message._lastCrc = "lastCrc";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Segment;
            })();

            v1.Ack = (function() {

                /**
                 * Properties of an Ack.
                 * @typedef {Object} sluis.sync.v1.Ack.$Properties
                 * @property {Array.<sluis.sync.v1.LaneReceived.$Properties>|null} [received] Ack received
                 * @property {number|null} [knownSeries] Ack knownSeries
                 * @property {number|null} [credit] Ack credit
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an Ack.
                 * @memberof sluis.sync.v1
                 * @interface IAck
                 * @augments sluis.sync.v1.Ack.$Properties
                 * @deprecated Use sluis.sync.v1.Ack.$Properties instead.
                 */

                /**
                 * Shape of an Ack.
                 * @typedef {sluis.sync.v1.Ack.$Properties} sluis.sync.v1.Ack.$Shape
                 */

                /**
                 * Constructs a new Ack.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents an Ack.
                 * @constructor
                 * @param {sluis.sync.v1.Ack.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Ack = function (properties) {
                    this.received = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Ack received.
                 * @member {Array.<sluis.sync.v1.LaneReceived.$Properties>} received
                 * @memberof sluis.sync.v1.Ack
                 * @instance
                 */
                Ack.prototype.received = $util.emptyArray;

                /**
                 * Ack knownSeries.
                 * @member {number} knownSeries
                 * @memberof sluis.sync.v1.Ack
                 * @instance
                 */
                Ack.prototype.knownSeries = 0;

                /**
                 * Ack credit.
                 * @member {number} credit
                 * @memberof sluis.sync.v1.Ack
                 * @instance
                 */
                Ack.prototype.credit = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Creates a new Ack instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.Ack
                 * @static
                 * @param {sluis.sync.v1.Ack.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.Ack} Ack instance
                 * @type {{
                 *   (properties: sluis.sync.v1.Ack.$Shape): sluis.sync.v1.Ack & sluis.sync.v1.Ack.$Shape;
                 *   (properties?: sluis.sync.v1.Ack.$Properties): sluis.sync.v1.Ack;
                 * }}
                 */
                Ack.create = function(properties) {
                    return new Ack(properties);
                };

                /**
                 * Encodes the specified Ack message. Does not implicitly {@link sluis.sync.v1.Ack.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.Ack
                 * @static
                 * @param {sluis.sync.v1.Ack.$Properties} message Ack message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Ack.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.received != null && message.received.length)
                        for (let i = 0; i < message.received.length; ++i)
                            $root.sluis.sync.v1.LaneReceived.encode(message.received[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.knownSeries != null && $Object.hasOwnProperty.call(message, "knownSeries") && message.knownSeries !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.knownSeries);
                    if (message.credit != null && $Object.hasOwnProperty.call(message, "credit") && (typeof message.credit === "object" ? message.credit.low || message.credit.high : message.credit !== 0))
                        writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.credit);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an Ack message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.Ack
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Ack & sluis.sync.v1.Ack.$Shape} Ack
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Ack.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.Ack();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.received && message.received.length))
                                    message.received = [];
                                message.received.push($root.sluis.sync.v1.LaneReceived.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.knownSeries = value;
                                else
                                    delete message.knownSeries;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.credit = value;
                                else
                                    delete message.credit;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Ack;
            })();

            v1.Report = (function() {

                /**
                 * Properties of a Report.
                 * @typedef {Object} sluis.sync.v1.Report.$Properties
                 * @property {number|null} [backlogSamples] Report backlogSamples
                 * @property {number|null} [backlogBytes] Report backlogBytes
                 * @property {Array.<sluis.sync.v1.Shed.$Properties>|null} [shed] Report shed
                 * @property {number|null} [clock] Report clock
                 * @property {number|null} [resent] Report resent
                 * @property {sluis.sync.v1.JournalLosses.$Properties|null} [journal] Report journal
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Report.
                 * @memberof sluis.sync.v1
                 * @interface IReport
                 * @augments sluis.sync.v1.Report.$Properties
                 * @deprecated Use sluis.sync.v1.Report.$Properties instead.
                 */

                /**
                 * Shape of a Report.
                 * @typedef {sluis.sync.v1.Report.$Properties} sluis.sync.v1.Report.$Shape
                 */

                /**
                 * Constructs a new Report.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents a Report.
                 * @constructor
                 * @param {sluis.sync.v1.Report.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Report = function (properties) {
                    this.shed = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Report backlogSamples.
                 * @member {number} backlogSamples
                 * @memberof sluis.sync.v1.Report
                 * @instance
                 */
                Report.prototype.backlogSamples = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Report backlogBytes.
                 * @member {number} backlogBytes
                 * @memberof sluis.sync.v1.Report
                 * @instance
                 */
                Report.prototype.backlogBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Report shed.
                 * @member {Array.<sluis.sync.v1.Shed.$Properties>} shed
                 * @memberof sluis.sync.v1.Report
                 * @instance
                 */
                Report.prototype.shed = $util.emptyArray;

                /**
                 * Report clock.
                 * @member {number} clock
                 * @memberof sluis.sync.v1.Report
                 * @instance
                 */
                Report.prototype.clock = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Report resent.
                 * @member {number} resent
                 * @memberof sluis.sync.v1.Report
                 * @instance
                 */
                Report.prototype.resent = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Report journal.
                 * @member {sluis.sync.v1.JournalLosses.$Properties|null|undefined} journal
                 * @memberof sluis.sync.v1.Report
                 * @instance
                 */
                Report.prototype.journal = null;

                /**
                 * Creates a new Report instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.Report
                 * @static
                 * @param {sluis.sync.v1.Report.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.Report} Report instance
                 * @type {{
                 *   (properties: sluis.sync.v1.Report.$Shape): sluis.sync.v1.Report & sluis.sync.v1.Report.$Shape;
                 *   (properties?: sluis.sync.v1.Report.$Properties): sluis.sync.v1.Report;
                 * }}
                 */
                Report.create = function(properties) {
                    return new Report(properties);
                };

                /**
                 * Encodes the specified Report message. Does not implicitly {@link sluis.sync.v1.Report.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.Report
                 * @static
                 * @param {sluis.sync.v1.Report.$Properties} message Report message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Report.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.backlogSamples != null && $Object.hasOwnProperty.call(message, "backlogSamples") && (typeof message.backlogSamples === "object" ? message.backlogSamples.low || message.backlogSamples.high : message.backlogSamples !== 0))
                        writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.backlogSamples);
                    if (message.backlogBytes != null && $Object.hasOwnProperty.call(message, "backlogBytes") && (typeof message.backlogBytes === "object" ? message.backlogBytes.low || message.backlogBytes.high : message.backlogBytes !== 0))
                        writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.backlogBytes);
                    if (message.shed != null && message.shed.length)
                        for (let i = 0; i < message.shed.length; ++i)
                            $root.sluis.sync.v1.Shed.encode(message.shed[i], writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.clock != null && $Object.hasOwnProperty.call(message, "clock") && (typeof message.clock === "object" ? message.clock.low || message.clock.high : message.clock !== 0))
                        writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.clock);
                    if (message.resent != null && $Object.hasOwnProperty.call(message, "resent") && (typeof message.resent === "object" ? message.resent.low || message.resent.high : message.resent !== 0))
                        writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.resent);
                    if (message.journal != null && $Object.hasOwnProperty.call(message, "journal"))
                        $root.sluis.sync.v1.JournalLosses.encode(message.journal, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Report message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.Report
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Report & sluis.sync.v1.Report.$Shape} Report
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Report.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.Report();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.backlogSamples = value;
                                else
                                    delete message.backlogSamples;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.backlogBytes = value;
                                else
                                    delete message.backlogBytes;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.shed && message.shed.length))
                                    message.shed = [];
                                message.shed.push($root.sluis.sync.v1.Shed.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.clock = value;
                                else
                                    delete message.clock;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.resent = value;
                                else
                                    delete message.resent;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 2)
                                    break;
                                message.journal = $root.sluis.sync.v1.JournalLosses.decode(reader, reader.size(), $undefined, _depth + 1, message.journal);
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Report;
            })();

            v1.JournalLosses = (function() {

                /**
                 * Properties of a JournalLosses.
                 * @typedef {Object} sluis.sync.v1.JournalLosses.$Properties
                 * @property {Uint8Array|null} [epoch] JournalLosses epoch
                 * @property {Array.<sluis.sync.v1.JournalLoss.$Properties>|null} [losses] JournalLosses losses
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a JournalLosses.
                 * @memberof sluis.sync.v1
                 * @interface IJournalLosses
                 * @augments sluis.sync.v1.JournalLosses.$Properties
                 * @deprecated Use sluis.sync.v1.JournalLosses.$Properties instead.
                 */

                /**
                 * Shape of a JournalLosses.
                 * @typedef {sluis.sync.v1.JournalLosses.$Properties} sluis.sync.v1.JournalLosses.$Shape
                 */

                /**
                 * Constructs a new JournalLosses.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents a JournalLosses.
                 * @constructor
                 * @param {sluis.sync.v1.JournalLosses.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const JournalLosses = function (properties) {
                    this.losses = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * JournalLosses epoch.
                 * @member {Uint8Array} epoch
                 * @memberof sluis.sync.v1.JournalLosses
                 * @instance
                 */
                JournalLosses.prototype.epoch = $util.newBuffer([]);

                /**
                 * JournalLosses losses.
                 * @member {Array.<sluis.sync.v1.JournalLoss.$Properties>} losses
                 * @memberof sluis.sync.v1.JournalLosses
                 * @instance
                 */
                JournalLosses.prototype.losses = $util.emptyArray;

                /**
                 * Creates a new JournalLosses instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.JournalLosses
                 * @static
                 * @param {sluis.sync.v1.JournalLosses.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.JournalLosses} JournalLosses instance
                 * @type {{
                 *   (properties: sluis.sync.v1.JournalLosses.$Shape): sluis.sync.v1.JournalLosses & sluis.sync.v1.JournalLosses.$Shape;
                 *   (properties?: sluis.sync.v1.JournalLosses.$Properties): sluis.sync.v1.JournalLosses;
                 * }}
                 */
                JournalLosses.create = function(properties) {
                    return new JournalLosses(properties);
                };

                /**
                 * Encodes the specified JournalLosses message. Does not implicitly {@link sluis.sync.v1.JournalLosses.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.JournalLosses
                 * @static
                 * @param {sluis.sync.v1.JournalLosses.$Properties} message JournalLosses message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                JournalLosses.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && message.epoch.length)
                        writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.epoch);
                    if (message.losses != null && message.losses.length)
                        for (let i = 0; i < message.losses.length; ++i)
                            $root.sluis.sync.v1.JournalLoss.encode(message.losses[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a JournalLosses message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.JournalLosses
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.JournalLosses & sluis.sync.v1.JournalLosses.$Shape} JournalLosses
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                JournalLosses.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.JournalLosses();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.epoch = value;
                                else
                                    delete message.epoch;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.losses && message.losses.length))
                                    message.losses = [];
                                message.losses.push($root.sluis.sync.v1.JournalLoss.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return JournalLosses;
            })();

            v1.JournalLoss = (function() {

                /**
                 * Properties of a JournalLoss.
                 * @typedef {Object} sluis.sync.v1.JournalLoss.$Properties
                 * @property {string|null} [source] JournalLoss source
                 * @property {string|null} [reason] JournalLoss reason
                 * @property {number|null} [samples] JournalLoss samples
                 * @property {sluis.sync.v1.Range.$Properties|null} [sequences] JournalLoss sequences
                 * @property {number|null} [firstTime] JournalLoss firstTime
                 * @property {number|null} [lastTime] JournalLoss lastTime
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a JournalLoss.
                 * @memberof sluis.sync.v1
                 * @interface IJournalLoss
                 * @augments sluis.sync.v1.JournalLoss.$Properties
                 * @deprecated Use sluis.sync.v1.JournalLoss.$Properties instead.
                 */

                /**
                 * Shape of a JournalLoss.
                 * @typedef {sluis.sync.v1.JournalLoss.$Properties} sluis.sync.v1.JournalLoss.$Shape
                 */

                /**
                 * Constructs a new JournalLoss.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents a JournalLoss.
                 * @constructor
                 * @param {sluis.sync.v1.JournalLoss.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const JournalLoss = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * JournalLoss source.
                 * @member {string} source
                 * @memberof sluis.sync.v1.JournalLoss
                 * @instance
                 */
                JournalLoss.prototype.source = "";

                /**
                 * JournalLoss reason.
                 * @member {string} reason
                 * @memberof sluis.sync.v1.JournalLoss
                 * @instance
                 */
                JournalLoss.prototype.reason = "";

                /**
                 * JournalLoss samples.
                 * @member {number} samples
                 * @memberof sluis.sync.v1.JournalLoss
                 * @instance
                 */
                JournalLoss.prototype.samples = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * JournalLoss sequences.
                 * @member {sluis.sync.v1.Range.$Properties|null|undefined} sequences
                 * @memberof sluis.sync.v1.JournalLoss
                 * @instance
                 */
                JournalLoss.prototype.sequences = null;

                /**
                 * JournalLoss firstTime.
                 * @member {number|null|undefined} firstTime
                 * @memberof sluis.sync.v1.JournalLoss
                 * @instance
                 */
                JournalLoss.prototype.firstTime = null;

                /**
                 * JournalLoss lastTime.
                 * @member {number|null|undefined} lastTime
                 * @memberof sluis.sync.v1.JournalLoss
                 * @instance
                 */
                JournalLoss.prototype.lastTime = null;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(JournalLoss.prototype, "_firstTime", {
                    get: $util.oneOfGetter($oneOfFields = ["firstTime"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(JournalLoss.prototype, "_lastTime", {
                    get: $util.oneOfGetter($oneOfFields = ["lastTime"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new JournalLoss instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.JournalLoss
                 * @static
                 * @param {sluis.sync.v1.JournalLoss.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.JournalLoss} JournalLoss instance
                 * @type {{
                 *   (properties: sluis.sync.v1.JournalLoss.$Shape): sluis.sync.v1.JournalLoss & sluis.sync.v1.JournalLoss.$Shape;
                 *   (properties?: sluis.sync.v1.JournalLoss.$Properties): sluis.sync.v1.JournalLoss;
                 * }}
                 */
                JournalLoss.create = function(properties) {
                    return new JournalLoss(properties);
                };

                /**
                 * Encodes the specified JournalLoss message. Does not implicitly {@link sluis.sync.v1.JournalLoss.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.JournalLoss
                 * @static
                 * @param {sluis.sync.v1.JournalLoss.$Properties} message JournalLoss message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                JournalLoss.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.source != null && $Object.hasOwnProperty.call(message, "source") && message.source !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.source);
                    if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.reason);
                    if (message.samples != null && $Object.hasOwnProperty.call(message, "samples") && (typeof message.samples === "object" ? message.samples.low || message.samples.high : message.samples !== 0))
                        writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.samples);
                    if (message.sequences != null && $Object.hasOwnProperty.call(message, "sequences"))
                        $root.sluis.sync.v1.Range.encode(message.sequences, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                    if (message.firstTime != null && $Object.hasOwnProperty.call(message, "firstTime"))
                        writer.uint32(/* id 5, wireType 0 =*/40).sint64(message.firstTime);
                    if (message.lastTime != null && $Object.hasOwnProperty.call(message, "lastTime"))
                        writer.uint32(/* id 6, wireType 0 =*/48).sint64(message.lastTime);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a JournalLoss message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.JournalLoss
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.JournalLoss & sluis.sync.v1.JournalLoss.$Shape} JournalLoss
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                JournalLoss.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.JournalLoss();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.source = value;
                                else
                                    delete message.source;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.reason = value;
                                else
                                    delete message.reason;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.samples = value;
                                else
                                    delete message.samples;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                message.sequences = $root.sluis.sync.v1.Range.decode(reader, reader.size(), $undefined, _depth + 1, message.sequences);
                                continue;
                            }
                        case 5: {
                                if (wireType !== 0)
                                    break;
                                message.firstTime = reader.sint64();
                                message._firstTime = "firstTime";
                                continue;
                            }
                        case 6: {
                                if (wireType !== 0)
                                    break;
                                message.lastTime = reader.sint64();
                                message._lastTime = "lastTime";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return JournalLoss;
            })();

            v1.Shed = (function() {

                /**
                 * Properties of a Shed.
                 * @typedef {Object} sluis.sync.v1.Shed.$Properties
                 * @property {sluis.sync.v1.Lane|null} [lane] Shed lane
                 * @property {sluis.sync.v1.Range.$Properties|null} [sequences] Shed sequences
                 * @property {number|null} [samples] Shed samples
                 * @property {string|null} [reason] Shed reason
                 * @property {number|null} [firstTime] Shed firstTime
                 * @property {number|null} [lastTime] Shed lastTime
                 * @property {Uint8Array|null} [epoch] Shed epoch
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Shed.
                 * @memberof sluis.sync.v1
                 * @interface IShed
                 * @augments sluis.sync.v1.Shed.$Properties
                 * @deprecated Use sluis.sync.v1.Shed.$Properties instead.
                 */

                /**
                 * Shape of a Shed.
                 * @typedef {sluis.sync.v1.Shed.$Properties} sluis.sync.v1.Shed.$Shape
                 */

                /**
                 * Constructs a new Shed.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents a Shed.
                 * @constructor
                 * @param {sluis.sync.v1.Shed.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Shed = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Shed lane.
                 * @member {sluis.sync.v1.Lane} lane
                 * @memberof sluis.sync.v1.Shed
                 * @instance
                 */
                Shed.prototype.lane = 0;

                /**
                 * Shed sequences.
                 * @member {sluis.sync.v1.Range.$Properties|null|undefined} sequences
                 * @memberof sluis.sync.v1.Shed
                 * @instance
                 */
                Shed.prototype.sequences = null;

                /**
                 * Shed samples.
                 * @member {number} samples
                 * @memberof sluis.sync.v1.Shed
                 * @instance
                 */
                Shed.prototype.samples = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Shed reason.
                 * @member {string} reason
                 * @memberof sluis.sync.v1.Shed
                 * @instance
                 */
                Shed.prototype.reason = "";

                /**
                 * Shed firstTime.
                 * @member {number|null|undefined} firstTime
                 * @memberof sluis.sync.v1.Shed
                 * @instance
                 */
                Shed.prototype.firstTime = null;

                /**
                 * Shed lastTime.
                 * @member {number|null|undefined} lastTime
                 * @memberof sluis.sync.v1.Shed
                 * @instance
                 */
                Shed.prototype.lastTime = null;

                /**
                 * Shed epoch.
                 * @member {Uint8Array} epoch
                 * @memberof sluis.sync.v1.Shed
                 * @instance
                 */
                Shed.prototype.epoch = $util.newBuffer([]);

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Shed.prototype, "_firstTime", {
                    get: $util.oneOfGetter($oneOfFields = ["firstTime"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Shed.prototype, "_lastTime", {
                    get: $util.oneOfGetter($oneOfFields = ["lastTime"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new Shed instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.Shed
                 * @static
                 * @param {sluis.sync.v1.Shed.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.Shed} Shed instance
                 * @type {{
                 *   (properties: sluis.sync.v1.Shed.$Shape): sluis.sync.v1.Shed & sluis.sync.v1.Shed.$Shape;
                 *   (properties?: sluis.sync.v1.Shed.$Properties): sluis.sync.v1.Shed;
                 * }}
                 */
                Shed.create = function(properties) {
                    return new Shed(properties);
                };

                /**
                 * Encodes the specified Shed message. Does not implicitly {@link sluis.sync.v1.Shed.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.Shed
                 * @static
                 * @param {sluis.sync.v1.Shed.$Properties} message Shed message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Shed.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.lane != null && $Object.hasOwnProperty.call(message, "lane") && message.lane !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).int32(message.lane);
                    if (message.sequences != null && $Object.hasOwnProperty.call(message, "sequences"))
                        $root.sluis.sync.v1.Range.encode(message.sequences, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.samples != null && $Object.hasOwnProperty.call(message, "samples") && (typeof message.samples === "object" ? message.samples.low || message.samples.high : message.samples !== 0))
                        writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.samples);
                    if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== "")
                        writer.uint32(/* id 4, wireType 2 =*/34).string(message.reason);
                    if (message.firstTime != null && $Object.hasOwnProperty.call(message, "firstTime"))
                        writer.uint32(/* id 5, wireType 0 =*/40).sint64(message.firstTime);
                    if (message.lastTime != null && $Object.hasOwnProperty.call(message, "lastTime"))
                        writer.uint32(/* id 6, wireType 0 =*/48).sint64(message.lastTime);
                    if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && message.epoch.length)
                        writer.uint32(/* id 7, wireType 2 =*/58).bytes(message.epoch);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Shed message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.Shed
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Shed & sluis.sync.v1.Shed.$Shape} Shed
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Shed.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.Shed();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.lane = value;
                                else
                                    delete message.lane;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.sequences = $root.sluis.sync.v1.Range.decode(reader, reader.size(), $undefined, _depth + 1, message.sequences);
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.samples = value;
                                else
                                    delete message.samples;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.reason = value;
                                else
                                    delete message.reason;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 0)
                                    break;
                                message.firstTime = reader.sint64();
                                message._firstTime = "firstTime";
                                continue;
                            }
                        case 6: {
                                if (wireType !== 0)
                                    break;
                                message.lastTime = reader.sint64();
                                message._lastTime = "lastTime";
                                continue;
                            }
                        case 7: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.epoch = value;
                                else
                                    delete message.epoch;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Shed;
            })();

            v1.Refusal = (function() {

                /**
                 * Properties of a Refusal.
                 * @typedef {Object} sluis.sync.v1.Refusal.$Properties
                 * @property {sluis.sync.v1.Refusal.Reason|null} [reason] Refusal reason
                 * @property {string|null} [message] Refusal message
                 * @property {sluis.sync.v1.Lane|null} [lane] Refusal lane
                 * @property {sluis.sync.v1.Range.$Properties|null} [sequences] Refusal sequences
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Refusal.
                 * @memberof sluis.sync.v1
                 * @interface IRefusal
                 * @augments sluis.sync.v1.Refusal.$Properties
                 * @deprecated Use sluis.sync.v1.Refusal.$Properties instead.
                 */

                /**
                 * Shape of a Refusal.
                 * @typedef {sluis.sync.v1.Refusal.$Properties} sluis.sync.v1.Refusal.$Shape
                 */

                /**
                 * Constructs a new Refusal.
                 * @memberof sluis.sync.v1
                 * @classdesc Represents a Refusal.
                 * @constructor
                 * @param {sluis.sync.v1.Refusal.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Refusal = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Refusal reason.
                 * @member {sluis.sync.v1.Refusal.Reason} reason
                 * @memberof sluis.sync.v1.Refusal
                 * @instance
                 */
                Refusal.prototype.reason = 0;

                /**
                 * Refusal message.
                 * @member {string} message
                 * @memberof sluis.sync.v1.Refusal
                 * @instance
                 */
                Refusal.prototype.message = "";

                /**
                 * Refusal lane.
                 * @member {sluis.sync.v1.Lane} lane
                 * @memberof sluis.sync.v1.Refusal
                 * @instance
                 */
                Refusal.prototype.lane = 0;

                /**
                 * Refusal sequences.
                 * @member {sluis.sync.v1.Range.$Properties|null|undefined} sequences
                 * @memberof sluis.sync.v1.Refusal
                 * @instance
                 */
                Refusal.prototype.sequences = null;

                /**
                 * Creates a new Refusal instance using the specified properties.
                 * @function create
                 * @memberof sluis.sync.v1.Refusal
                 * @static
                 * @param {sluis.sync.v1.Refusal.$Properties=} [properties] Properties to set
                 * @returns {sluis.sync.v1.Refusal} Refusal instance
                 * @type {{
                 *   (properties: sluis.sync.v1.Refusal.$Shape): sluis.sync.v1.Refusal & sluis.sync.v1.Refusal.$Shape;
                 *   (properties?: sluis.sync.v1.Refusal.$Properties): sluis.sync.v1.Refusal;
                 * }}
                 */
                Refusal.create = function(properties) {
                    return new Refusal(properties);
                };

                /**
                 * Encodes the specified Refusal message. Does not implicitly {@link sluis.sync.v1.Refusal.verify|verify} messages.
                 * @function encode
                 * @memberof sluis.sync.v1.Refusal
                 * @static
                 * @param {sluis.sync.v1.Refusal.$Properties} message Refusal message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Refusal.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).int32(message.reason);
                    if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.message);
                    if (message.lane != null && $Object.hasOwnProperty.call(message, "lane") && message.lane !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).int32(message.lane);
                    if (message.sequences != null && $Object.hasOwnProperty.call(message, "sequences"))
                        $root.sluis.sync.v1.Range.encode(message.sequences, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Refusal message from the specified reader or buffer.
                 * @function decode
                 * @memberof sluis.sync.v1.Refusal
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sluis.sync.v1.Refusal & sluis.sync.v1.Refusal.$Shape} Refusal
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Refusal.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sluis.sync.v1.Refusal();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.reason = value;
                                else
                                    delete message.reason;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.message = value;
                                else
                                    delete message.message;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.lane = value;
                                else
                                    delete message.lane;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                message.sequences = $root.sluis.sync.v1.Range.decode(reader, reader.size(), $undefined, _depth + 1, message.sequences);
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                /**
                 * Reason enum.
                 * @name sluis.sync.v1.Refusal.Reason
                 * @enum {number}
                 * @property {number} REASON_UNSPECIFIED=0 REASON_UNSPECIFIED value
                 * @property {number} REASON_VERSION=1 REASON_VERSION value
                 * @property {number} REASON_PROTOCOL=2 REASON_PROTOCOL value
                 * @property {number} REASON_IDENTITY=3 REASON_IDENTITY value
                 * @property {number} REASON_STORE=4 REASON_STORE value
                 */
                Refusal.Reason = (function() {
                    const valuesById = $Object.create(null), values = $Object.create(valuesById);
                    values[valuesById[0] = "REASON_UNSPECIFIED"] = 0;
                    values[valuesById[1] = "REASON_VERSION"] = 1;
                    values[valuesById[2] = "REASON_PROTOCOL"] = 2;
                    values[valuesById[3] = "REASON_IDENTITY"] = 3;
                    values[valuesById[4] = "REASON_STORE"] = 4;
                    return values;
                })();

                return Refusal;
            })();

            return v1;
        })();

        return sync;
    })();

    return sluis;
})();

export {
  $root as default
};
