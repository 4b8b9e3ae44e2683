"""Decodes segments. Written from docs/segment-format.md alone, and meant to be read beside it.

    python3 decode.py FILE.seg…

prints one line of JSON for each file: its rows, and which branches of the format it uses. A double is given as its bits
in hexadecimal; times and integers are strings. Needs Python 3 and the module zstandard (Debian: python3-zstandard).
"""

import json
import struct
import sys

import zstandard

VERSION = 1
MAX_SAMPLES = 65_536
MAX_CONTEXTS = 16
MAX_TEXT = 1_048_576
MAX_TEXTS = 16_777_216
EXTRA_BYTES_PER_SAMPLE = 64

MAX_SERIES = 2**32 - 1
MAX_TIME = 2**53 - 1
MAX_NUMBER = 2**51
MAX_TOKEN = 219
WORD = 2**64 - 1
NAN = 0x7FF8000000000000

UNITS = (1, 1_000, 1_000_000)
DELTA, DELTA_OF_DELTA, SAME, ABSOLUTE = range(4)
FORM_SINGLE_DECIMAL, FORM_SINGLE_BITS, FORM_WORDS = 16, 32, 33
DOUBLE, BOOLEAN, INT64, UINT64, TEXT = range(5)
KIND_NAMES = ("double", "boolean", "int64", "uint64", "text")
QUALITY_NAMES = ("good", "uncertain", "bad")


class Malformed(Exception):
    """The bytes are no well-formed segment."""


def require(condition, complaint):
    if not condition:
        raise Malformed(complaint)


# Conventions


def unfold(n):
    return n // 2 if n % 2 == 0 else -(n + 1) // 2


def double_of_word(word):
    return struct.unpack("<d", struct.pack("<Q", word))[0]


def word_of_double(double):
    return NAN if double != double else struct.unpack("<Q", struct.pack("<d", double))[0]


def rounded_to_single(double):
    try:
        return struct.unpack("<f", struct.pack("<f", double))[0]
    except OverflowError:
        return float("inf") if double > 0 else float("-inf")


# Frame


def crc32c_table():
    table = []
    for crc in range(256):
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return table


CRC32C_TABLE = crc32c_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC32C_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def body_of(segment):
    require(len(segment) >= 6, f"truncated: {len(segment)} bytes are too few for a segment")
    stored = int.from_bytes(segment[-4:], "little")
    computed = crc32c(segment[:-4])
    require(stored == computed, f"CRC-32C is {computed:08x}, but {stored:08x} is stored")
    require(segment[0] == VERSION, f"version {segment[0]} is unknown")
    return Body(segment[1:-4])


# Streams


class Body:
    """Reads the parts of a body, one after another, and notes which branches of the format they use."""

    def __init__(self, data):
        self.data = data
        self.at = 0
        self.uses = set()

    def bytes(self, count, what):
        left = len(self.data) - self.at
        require(count <= left, f"truncated: {what} needs {count} bytes, and {left} are left")
        taken = self.data[self.at : self.at + count]
        self.at += count
        return taken

    def byte(self, what):
        return self.bytes(1, what)[0]

    def varint(self, what, low, high):
        value = 0
        for shift in range(0, 35, 7):
            byte = self.byte(what)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
        else:
            raise Malformed(f"{what}: a varint of more than five bytes")
        require(low <= value <= high, f"{what} is {value}, not within {low} to {high}")
        return value

    def stream(self, n, what, high=255):
        content = self.stored_stream(n, what)
        require(not content or max(content) <= high, f"{what}: a byte above {high}")
        return content

    def stored_stream(self, n, what):
        if n == 0:
            return b""
        storage = self.byte(what)
        self.uses.add(f"storage {storage}")
        if storage == 0:
            return bytes(n)
        if storage == 1:
            return self.bytes(1, what) * n
        if storage == 2:
            return self.bytes(n, what)
        require(storage == 3, f"{what}: storage {storage} is unknown")
        c = self.varint(f"{what}: compressed size", 0, n)
        return decompressed(self.bytes(c, what), n, what)

    def tokens(self, n, what):
        return iter(self.stream(n, what, MAX_TOKEN))

    def end(self):
        left = len(self.data) - self.at
        require(left == 0, f"oversized: {left} bytes are left over after the last part")


def decompressed(frame, n, what):
    window = 1024
    while window < n:
        window *= 2
    try:
        parameters = zstandard.get_frame_parameters(frame)
        require(parameters.dict_id == 0, f"{what}: a zstd frame with a dictionary")
        require(parameters.window_size <= window, f"{what}: a zstd window of {parameters.window_size}, above {window}")
        decompressor = zstandard.ZstdDecompressor().decompressobj()
        content = bytearray()
        # In small steps, so that a frame that goes on and on is found out before it has filled the memory.
        for at in range(0, len(frame), 64):
            require(not decompressor.eof, f"{what}: bytes after the zstd frame")
            content += decompressor.decompress(frame[at : at + 64])
            require(len(content) <= n, f"{what}: the zstd frame gives more than {n} bytes")
    except zstandard.ZstdError as error:
        raise Malformed(f"{what}: {error}") from error
    require(decompressor.eof, f"{what}: truncated: the zstd frame does not end")
    require(not decompressor.unused_data, f"{what}: bytes after the zstd frame")
    require(len(content) == n, f"{what}: the zstd frame gives {len(content)} bytes, not {n}")
    return bytes(content)


# Tokens and extra bits


class ExtraBits:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        end = self.at + count
        require(end <= 8 * len(self.data), "truncated: the tokens need more extra bits than there are")
        whole = int.from_bytes(self.data[self.at // 8 : (end + 7) // 8], "little")
        x = (whole >> (self.at % 8)) & ((1 << count) - 1)
        self.at = end
        return x

    def number(self, tokens):
        """The number of the next token."""
        t = next(tokens)
        if t < 128:
            return t
        u = t - 128
        d = 7 + u // 2
        return 2**d + (u % 2) * 2 ** (d - 1) + self.take(d - 1)

    def numbers(self, tokens, count):
        return [self.number(tokens) for _ in range(count)]

    def end(self):
        left = 8 * len(self.data) - self.at
        require(left < 8, f"oversized: {left} extra bits are left over")
        require(self.take(left) == 0, "extra bits that are left over are not 0")


# Body


class Block:
    def __init__(self, form, order, time_mode, context):
        self.form = form
        self.order = order
        self.time_mode = time_mode
        self.context = context


class Run:
    """The rows start … start + count − 1, all of one series."""

    def __init__(self, block, series, start, count):
        self.block = block
        self.series = series
        self.start = start
        self.count = count

    def rows(self):
        return range(self.start, self.start + self.count)


def decode(segment):
    """The rows of a segment, each [series, time, kind, value, quality, revision], and the branches that it uses."""
    body = body_of(segment)
    samples = body.varint("samples", 0, MAX_SAMPLES)
    if samples == 0:
        body.end()
        return [], body.uses
    run_count = body.varint("runs", 1, samples)
    block_count = body.varint("blocks", 1, run_count)
    context_count = body.varint("contexts", 1, MAX_CONTEXTS)
    exception_count = body.varint("exceptions", 0, samples)
    text_count = body.varint("texts", 0, samples)
    flags = body.byte("flags")
    require(flags < 16 and flags & 3 < len(UNITS), f"flags are {flags:02x}")
    unit = UNITS[flags & 3]
    kinds_stored = flags & 4 != 0
    revisions_stored = flags & 8 != 0

    extra_length = body.varint("extra bits", 0, EXTRA_BYTES_PER_SAMPLE * samples)
    extra = ExtraBits(body.stream(extra_length, "extra bits"))

    block_of_run = read_blocks(body, run_count, block_count, context_count)
    runs = read_runs(body, extra, block_of_run, samples)
    times = read_times(body, extra, runs, unit)
    numbers = read_numbers(body, extra, runs, context_count)
    exceptions = read_exceptions(body, extra, exception_count, samples)
    words = read_words(body, runs, exceptions)
    qualities = body.stream(samples, "qualities", 2)
    kinds = body.stream(samples, "kinds", TEXT) if kinds_stored else bytes(samples)
    revisions = [0] * samples
    if revisions_stored:
        revisions = extra.numbers(body.tokens(samples, "revisions"), samples)
        require(max(revisions) < 65_536, f"revision {max(revisions)} is too great")
    texts = read_texts(body, extra, text_count)
    body.end()
    extra.end()

    rows = []
    texts_seen = 0
    for run in runs:
        for row in run.rows():
            kind = kinds[row]
            if run.block.form == FORM_WORDS:
                word = words.of_row[row]
            elif kind == DOUBLE:
                word = word_of_double(double_of_number(numbers[row], run.block.form))
            else:
                word = numbers[row] & WORD
            word ^= words.changes.get(row, 0)
            if kind == TEXT:
                require(word <= texts_seen, f"row {row} refers to text {word} before any row refers to text {texts_seen}")
                texts_seen = max(texts_seen, word + 1)
            value = value_of_word(word, kind, texts)
            quality = QUALITY_NAMES[qualities[row]]
            rows.append([run.series, str(times[row]), KIND_NAMES[kind], value, quality, revisions[row]])
    require(texts_seen == text_count, f"no row refers to text {texts_seen}")

    body.uses.add(f"unit {unit}")
    body.uses.add("one block" if block_count == 1 else "several blocks")
    body.uses.add("one context" if context_count == 1 else "several contexts")
    body.uses.update(f"time mode {run.block.time_mode}" for run in runs)
    body.uses.update(f"form {run.block.form}" for run in runs)
    body.uses.update(f"order {run.block.order}" for run in runs if run.block.form != FORM_WORDS and run.count > 1)
    body.uses.update(f"kind {KIND_NAMES[kind]}" for kind in kinds)
    if exceptions:
        body.uses.add("exceptions")
    if revisions_stored:
        body.uses.add("revisions")
    return rows, body.uses


def read_blocks(body, run_count, block_count, context_count):
    """The block of each run."""
    starts = body.stream(run_count, "block starts")
    forms = body.stream(block_count, "forms", FORM_WORDS)
    orders = body.stream(block_count, "orders", 1)
    time_modes = body.stream(block_count, "time modes", ABSOLUTE)
    contexts = body.stream(block_count, "contexts", context_count - 1)
    begun = 1 + sum(start != 0 for start in starts[1:])
    require(begun == block_count, f"{begun} blocks begin, not {block_count}")
    blocks = [Block(*parameters) for parameters in zip(forms, orders, time_modes, contexts)]
    index = 0
    block_of_run = []
    for run, start in enumerate(starts):
        if run > 0 and start != 0:
            index += 1
        block_of_run.append(blocks[index])
    return block_of_run


def read_runs(body, extra, block_of_run, samples):
    run_count = len(block_of_run)
    series_tokens = body.tokens(run_count, "series")
    count_tokens = body.tokens(run_count, "counts")
    gaps = extra.numbers(series_tokens, run_count)
    counts = [n + 1 for n in extra.numbers(count_tokens, run_count)]
    require(sum(counts) == samples, f"the runs have {sum(counts)} rows, not {samples}")
    runs = []
    series = -1
    start = 0
    for block, gap, count in zip(block_of_run, gaps, counts):
        series += gap + 1
        require(series <= MAX_SERIES, f"series {series} is too great")
        runs.append(Run(block, series, start, count))
        start += count
    return runs


def read_times(body, extra, runs, unit):
    """The time of each row, in µs."""
    firsts = 0
    laters = 0
    for run in runs:
        if run.block.time_mode in (DELTA, DELTA_OF_DELTA):
            firsts += 1
            laters += run.count - 1
        elif run.block.time_mode == ABSOLUTE:
            laters += 2 * run.count
    first_times = body.tokens(firsts, "first times")
    later_times = body.tokens(laters, "later times")

    times = []
    step = 0
    before = None
    for run in runs:
        mode = run.block.time_mode
        if mode == SAME:
            require(before is not None, "the first run cannot have the times of a run before it")
            require(run.count == before.count, f"a run of {run.count} rows with the times of {before.count}")
            times += times[before.start :]
        elif mode == ABSOLUTE:
            for _ in range(run.count):
                h = unfold(extra.number(later_times))
                l = extra.number(later_times)
                times.append(h * 2**26 + l)
        else:
            time = unfold(extra.number(first_times)) + (times[before.start] if before else 0)
            times.append(time)
            for _ in range(run.count - 1):
                v = unfold(extra.number(later_times))
                if mode == DELTA:
                    time += v
                else:
                    step += v
                    time += step
                times.append(time)
        before = run
    for row, time in enumerate(times):
        require(abs(time * unit) <= MAX_TIME, f"the time of row {row} is too far from 1970")
    return [time * unit for time in times]


def read_numbers(body, extra, runs, context_count):
    """The number of each row in blocks whose form is not 33, by row."""
    runs = [run for run in runs if run.block.form != FORM_WORDS]
    laters = [0] * context_count
    for run in runs:
        laters[run.block.context] += run.count - 1
    first_numbers = body.tokens(len(runs), "first numbers")
    later_numbers = [body.tokens(n, f"later numbers of context {context}") for context, n in enumerate(laters)]

    numbers = {}
    first = 0
    for run in runs:
        first += unfold(extra.number(first_numbers))
        number = first
        step = 0
        numbers[run.start] = number
        for row in run.rows()[1:]:
            v = unfold(extra.number(later_numbers[run.block.context]))
            if run.block.order == 0:
                number += v
            else:
                step += v
                number += step
            numbers[row] = number
    for row, number in numbers.items():
        require(abs(number) <= MAX_NUMBER, f"the number of row {row} is {number}")
    return numbers


def double_of_number(n, form):
    if form < FORM_SINGLE_DECIMAL:
        return float(n) / 10.0**form
    if form < FORM_SINGLE_BITS:
        return rounded_to_single(float(n) / 10.0 ** (form - FORM_SINGLE_DECIMAL))
    require(-(2**31) <= n < 2**31, f"{n} is beyond the bits of a single")
    bits = n if n >= 0 else 2**31 + (-1 - n)
    return struct.unpack("<f", struct.pack("<I", bits))[0]


def read_exceptions(body, extra, exception_count, samples):
    """The rows whose words are changed."""
    rows = []
    row = -1
    for gap in extra.numbers(body.tokens(exception_count, "exceptions"), exception_count):
        row += gap + 1
        require(row < samples, f"an exception at row {row} of {samples}")
        rows.append(row)
    return rows


class Words:
    def __init__(self, of_row, changes):
        self.of_row = of_row  # the words of rows in blocks of form 33, by row
        self.changes = changes  # what is XORed to the words of exceptions, by row


def read_words(body, runs, exceptions):
    runs = [run for run in runs if run.block.form == FORM_WORDS]
    w = sum(run.count for run in runs) + len(exceptions)
    planes = [body.stream(w, f"plane {plane}") for plane in range(8)]
    numbers = (int.from_bytes(bytes(column), "little") for column in zip(*planes))
    of_row = {}
    for run in runs:
        before = 0
        for row in run.rows():
            n = next(numbers)
            before = (before + ((n >> 1) ^ -(n & 1))) & WORD
            of_row[row] = before
    return Words(of_row, dict(zip(exceptions, numbers)))


def value_of_word(word, kind, texts):
    """A value as text; a double as the 16 hexadecimal digits of its bits."""
    if kind == DOUBLE:
        return f"{word_of_double(double_of_word(word)):016x}"
    if kind == BOOLEAN:
        require(word <= 1, f"a boolean's word is {word}")
        return "true" if word == 1 else "false"
    if kind == INT64:
        return str(word - 2**64 if word >= 2**63 else word)
    if kind == UINT64:
        return str(word)
    require(word < len(texts), f"text {word} of {len(texts)}")
    return texts[word]


def read_texts(body, extra, text_count):
    lengths = extra.numbers(body.tokens(text_count, "lengths of texts"), text_count)
    require(all(length <= MAX_TEXT for length in lengths), f"a text is longer than {MAX_TEXT} bytes")
    require(sum(lengths) <= MAX_TEXTS, f"the texts are longer than {MAX_TEXTS} bytes")
    joined = body.stream(sum(lengths), "texts")
    texts = []
    at = 0
    for length in lengths:
        try:
            texts.append(joined[at : at + length].decode("utf-8"))
        except UnicodeDecodeError as error:
            raise Malformed(f"text {len(texts)} is not UTF-8") from error
        at += length
    require(len(set(texts)) == len(texts), "two texts are equal")
    return texts


def main(paths):
    for path in paths:
        with open(path, "rb") as file:
            segment = file.read()
        try:
            rows, uses = decode(segment)
        except Malformed as error:
            sys.exit(f"{path}: malformed: {error}")
        print(json.dumps({"file": path, "rows": rows, "uses": sorted(uses)}))


if __name__ == "__main__":
    main(sys.argv[1:])
