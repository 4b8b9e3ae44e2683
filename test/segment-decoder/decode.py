"""Decodes Sluis segments, written from docs/segment-format.md alone to show that the specification is enough.

Usage: decode.py FILE...    prints one line of JSON for each file: {"file", "rows", "uses"}

A row is [series, time, kind, value, quality, revision]; doubles are the 16 hex digits of their bits, other values and
times are strings. "uses" lists the branches of the format that the file takes.
"""

import json
import struct
import sys

import zstandard

KINDS = ["double", "boolean", "int64", "uint64", "text"]
QUALITIES = ["good", "uncertain", "bad"]
UNITS = [1, 1_000, 1_000_000]
MASK_64 = (1 << 64) - 1
NAN = 0x7FF8000000000000

MAX_SAMPLES = 65_536
MAX_CONTEXTS = 16
MAX_TEXT = 1 << 20
MAX_TEXTS = 1 << 24
EXTRA_PER_SAMPLE = 64


class SegmentError(Exception):
    pass


def check(condition, message):
    if not condition:
        raise SegmentError(message)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Body:
    def __init__(self, data, uses):
        self.data = data
        self.at = 0
        self.uses = uses

    def take(self, count):
        check(self.at + count <= len(self.data), f"truncated at byte {self.at}")
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self):
        return self.take(1)[0]

    def varint(self, least, most):
        value = 0
        for shift in range(0, 35, 7):
            byte = self.byte()
            value |= (byte & 127) << shift
            if byte < 128:
                check(least <= value <= most, f"{value} is not within {least} to {most}")
                return value
        raise SegmentError("a varint has more than five bytes")

    def stream(self, n):
        if n == 0:
            return b""
        storage = self.byte()
        self.uses.add(f"storage {storage}")
        if storage == 0:
            return bytes(n)
        if storage == 1:
            return self.take(1) * n
        if storage == 2:
            return self.take(n)
        check(storage == 3, f"unknown storage {storage}")
        frame = self.take(self.varint(1, n))
        window = 1024
        while window < n:
            window *= 2
        result = zstandard.ZstdDecompressor(max_window_size=window).decompress(frame, max_output_size=n)
        check(len(result) == n, f"a frame gives {len(result)} bytes instead of {n}")
        return result


class ExtraBits:
    def __init__(self, data):
        self.number = int.from_bytes(data, "little")
        self.left = len(data) * 8

    def take(self, count):
        check(count <= self.left, "too few extra bits")
        value = self.number & ((1 << count) - 1)
        self.number >>= count
        self.left -= count
        return value


class Tokens:
    def __init__(self, stream, extra):
        self.stream = iter(stream)
        self.extra = extra

    def next(self):
        token = next(self.stream)
        if token < 128:
            return token
        check(token <= 219, f"{token} is no token")
        u = token - 128
        d = 7 + u // 2
        return (1 << d) + (u % 2) * (1 << (d - 1)) + self.extra.take(d - 1)

    def signed(self):
        return unfold(self.next())


def unfold(n):
    return n // 2 if n % 2 == 0 else -(n + 1) // 2


def ascending(tokens, count):
    numbers = []
    for i in range(count):
        numbers.append(tokens.next() if i == 0 else numbers[-1] + 1 + tokens.next())
    return numbers


def word_of_double(value):
    return NAN if value != value else struct.unpack("<Q", struct.pack("<d", value))[0]


def single(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def double_of_number(n, form):
    if form < 16:
        return n / 10**form if abs(n) < 2**53 else float(n) / 10.0**form
    if form < 32:
        return single(n / 10 ** (form - 16))
    return struct.unpack("<f", struct.pack("<I", n if n >= 0 else 2**31 + (-1 - n)))[0]


def decode(data):
    uses = set()
    check(len(data) >= 6, "truncated")
    check(crc32c(data[:-4]) == int.from_bytes(data[-4:], "little"), "the CRC is wrong")
    check(data[0] == 1, f"unknown version {data[0]}")
    body = Body(data[1:-4], uses)
    rows = decode_body(body, uses)
    check(body.at == len(body.data), "bytes are left over")
    return rows, uses


def decode_body(body, uses):
    samples = body.varint(0, MAX_SAMPLES)
    if samples == 0:
        return []
    runs = body.varint(1, samples)
    blocks = body.varint(1, runs)
    contexts = body.varint(1, MAX_CONTEXTS)
    exceptions = body.varint(0, samples)
    texts = body.varint(0, samples)
    flags = body.byte()
    check(flags < 16 and flags & 3 < 3, f"unknown flags {flags}")
    unit = UNITS[flags & 3]
    uses.add(f"unit {unit}")
    extra = ExtraBits(body.stream(body.varint(0, EXTRA_PER_SAMPLE * samples)))

    starts = body.stream(runs)
    forms = body.stream(blocks)
    orders = body.stream(blocks)
    time_modes = body.stream(blocks)
    block_contexts = body.stream(blocks)
    check(max(forms) <= 33 and max(orders) <= 1 and max(time_modes) <= 3, "unknown parameter of a block")
    check(max(block_contexts) < contexts, "unknown context")
    block_of = []
    for run in range(runs):
        block_of.append(0 if run == 0 else block_of[-1] + (1 if starts[run] else 0))
    check(block_of[-1] == blocks - 1, "wrong number of blocks")
    uses.update(f"form {form}" for form in forms)
    uses.update(f"order {order}" for order in orders)
    uses.update(f"time mode {mode}" for mode in time_modes)
    uses.add("one context" if contexts == 1 else "several contexts")
    uses.add("one block" if blocks == 1 else "several blocks")

    ids = ascending(Tokens(body.stream(runs), extra), runs)
    check(ids[-1] < 1 << 32, "a series id has more than 32 bits")
    tokens = Tokens(body.stream(runs), extra)
    counts = [tokens.next() + 1 for _ in range(runs)]
    check(sum(counts) == samples, "wrong number of rows")
    start = [sum(counts[:run]) for run in range(runs)]

    times = decode_times(body, extra, counts, [time_modes[block] for block in block_of])
    times = [time * unit for time in times]
    check(all(abs(time) < 2**53 for time in times), "a time is out of bounds")

    run_forms = [forms[block] for block in block_of]
    run_orders = [orders[block] for block in block_of]
    run_contexts = [block_contexts[block] for block in block_of]
    numbers = decode_numbers(body, extra, counts, run_forms, run_orders, run_contexts, contexts)

    exception_rows = ascending(Tokens(body.stream(exceptions), extra), exceptions)
    check(all(row < samples for row in exception_rows), "an exception is no row")
    if exceptions:
        uses.add("exceptions")

    w = sum(count for count, form in zip(counts, run_forms) if form == 33) + exceptions
    planes = [body.stream(w) for _ in range(8)]
    words = iter([sum(plane[i] << (8 * p) for p, plane in enumerate(planes)) for i in range(w)])

    qualities = body.stream(samples)
    check(max(qualities) <= 2, "unknown quality")
    kinds = body.stream(samples) if flags & 4 else bytes(samples)
    check(max(kinds) <= 4, "unknown kind")
    revisions = [0] * samples
    if flags & 8:
        uses.add("revisions")
        tokens = Tokens(body.stream(samples), extra)
        revisions = [tokens.next() for _ in range(samples)]
        check(max(revisions) < 65_536, "a revision has more than 16 bits")
    tokens = Tokens(body.stream(texts), extra)
    lengths = [tokens.next() for _ in range(texts)]
    check(all(length <= MAX_TEXT for length in lengths) and sum(lengths) <= MAX_TEXTS, "texts are too long")
    check(extra.left < 8 and extra.number == 0, "extra bits are left over")
    utf8 = body.stream(sum(lengths))
    strings = []
    for length in lengths:
        strings.append(utf8[:length].decode("utf-8"))
        utf8 = utf8[length:]

    row_words = [0] * samples
    for run in range(runs):
        before = 0
        for row in range(start[run], start[run] + counts[run]):
            if run_forms[run] == 33:
                folded = next(words)
                before = (before + ((folded >> 1) ^ (-(folded & 1) & MASK_64))) & MASK_64
                row_words[row] = before
            elif kinds[row] == 0:
                row_words[row] = word_of_double(double_of_number(numbers[row], run_forms[run]))
            else:
                row_words[row] = numbers[row] & MASK_64
    for row in exception_rows:
        row_words[row] ^= next(words)

    rows = []
    known = 0
    for run in range(runs):
        for row in range(start[run], start[run] + counts[run]):
            kind, word = kinds[row], row_words[row]
            uses.add(f"kind {KINDS[kind]}")
            if kind == 0:
                value = format(word_of_double(struct.unpack("<d", struct.pack("<Q", word))[0]), "016x")
            elif kind == 1:
                check(word <= 1, "a boolean is neither 0 nor 1")
                value = "true" if word == 1 else "false"
            elif kind == 2:
                value = str(word - (1 << 64) if word >> 63 else word)
            elif kind == 3:
                value = str(word)
            else:
                check(word < texts and word <= known, "a text is not known, and not the next")
                known = max(known, word + 1)
                value = strings[word]
            rows.append([ids[run], str(times[row]), KINDS[kind], value, QUALITIES[qualities[row]], revisions[row]])
    check(known == texts, "a text is not used")
    return rows


def decode_times(body, extra, counts, modes):
    deltas = [run for run, mode in enumerate(modes) if mode < 2]
    firsts = Tokens(body.stream(len(deltas)), extra)
    later_count = sum(counts[run] - 1 for run in deltas) + sum(2 * count for count, mode in zip(counts, modes) if mode == 3)
    later = Tokens(body.stream(later_count), extra)
    times = []
    step = 0
    before = []
    for count, mode in zip(counts, modes):
        if mode == 2:
            check(len(before) == count, "a run cannot have the times of the run before it")
            run = list(before)
        elif mode == 3:
            run = []
            for _ in range(count):
                high = later.signed()
                run.append(high * 2**26 + later.next())
        else:
            run = [firsts.signed() + (before[0] if before else 0)]
            for _ in range(count - 1):
                v = later.signed()
                if mode == 1:
                    step += v
                run.append(run[-1] + (step if mode == 1 else v))
        times += run
        before = run
    return times


def decode_numbers(body, extra, counts, forms, orders, run_contexts, contexts):
    firsts = Tokens(body.stream(sum(1 for form in forms if form != 33)), extra)
    later = []
    for context in range(contexts):
        count = sum(counts[run] - 1 for run in range(len(counts)) if forms[run] != 33 and run_contexts[run] == context)
        later.append(Tokens(body.stream(count), extra))
    numbers = []
    first = 0
    for count, form, order, context in zip(counts, forms, orders, run_contexts):
        if form == 33:
            numbers += [None] * count
            continue
        first += firsts.signed()
        run = [first]
        step = 0
        for _ in range(count - 1):
            v = later[context].signed()
            if order == 1:
                step += v
            run.append(run[-1] + (step if order == 1 else v))
        numbers += run
    return numbers


def main():
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            rows, uses = decode(file.read())
        print(json.dumps({"file": path, "rows": rows, "uses": sorted(uses)}))


if __name__ == "__main__":
    main()
