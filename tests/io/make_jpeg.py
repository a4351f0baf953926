#!/usr/bin/env python3
"""Makes tests/io/jpeg_streams.inc: code streams of encoders that GDCM has no part in, for tests/io/dicom_jpeg_test.cpp.

JPEG lossless is of libjpeg-turbo 3 (through imagecodecs), with each of the seven predictors; what its interface does not set (a point
transform, restarts, a table of long codes) is written here after ITU-T T.81 and must be what libjpeg-turbo decodes. JPEG-LS and
JPEG 2000 are of FFmpeg's own encoders (through av), and must be what CharLS and OpenJPEG decode; one JPEG-LS stream is of a later CharLS
than the distributions', for it begins with a SPIFF header. The tests need none of them.
Needs imagecodecs 2026.3.6 and av (pip install imagecodecs==2026.3.6 av==18.1.0).
Usage: make_jpeg.py > jpeg_streams.inc
"""
import base64
import fractions
import struct
import textwrap

import av
import imagecodecs
import numpy as np

COLUMNS, ROWS = 24, 19


def pixels(bits):
    """The pixels of coded_pixel() in dicom_jpeg_test.cpp."""
    rows = []
    for y in range(ROWS):
        row = []
        for x in range(COLUMNS):
            value = 37 * x * x + 11 * y * y + 97 * (x * y % 13) + (1 << (bits - 1)) // 3
            if x > 14 and y < 9:
                value = 5  # a run
            if (x, y) in ((3, 5), (9, 12)):
                value = 0
            if (x, y) in ((4, 5), (9, 13)):
                value = 1 << (bits - 1)  # of 16 bits the difference that has a code of its own
            row.append(value & ((1 << bits) - 1))
        rows.append(row)
    return np.array(rows, np.uint8 if bits <= 8 else np.uint16)


def lossless(image, bits, predictor=1, shift=0, lines_between=0, long_codes=False):
    """Encodes as ITU-T T.81 Annex H says. All codes have 5 bits, or those of all but two categories have 12 to 16."""
    samples = image.astype(int) >> shift
    lengths = {c: 5 for c in range(17)}
    if long_codes:
        lengths = {c: 12 + c % 5 for c in range(17)}
        lengths[0], lengths[16] = 1, 2
    codes, order, code = {}, [], 0
    for length in range(1, 17):
        code <<= 1
        for c in sorted(c for c in lengths if lengths[c] == length):
            codes[c] = format(code, "0%db" % length)
            order.append(c)
            code += 1
    counts = [sum(1 for c in lengths if lengths[c] == length) for length in range(1, 17)]

    def segment(marker, body):
        return struct.pack(">HH", marker, len(body) + 2) + body

    out = b"\xff\xd8" + segment(0xFFFE, b"made by hand")
    out += segment(0xFFC3, struct.pack(">BHHBBBB", bits, ROWS, COLUMNS, 1, 7, 0x11, 0))
    out += segment(0xFFC4, bytes([2]) + bytes(counts) + bytes(order))
    if lines_between:
        out += segment(0xFFDD, struct.pack(">H", lines_between * COLUMNS))
    out += b"\xff\xff" + segment(0xFFDA, bytes([1, 7, 0x20, predictor, 0, shift]))[1:]  # a filling byte before the marker

    def flushed(text):
        text += "1" * (-len(text) % 8)
        data = bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))
        return data.replace(b"\xff", b"\xff\0")

    text, restarts = "", 0
    for y in range(ROWS):
        first = y == 0 or (lines_between and y % lines_between == 0)
        if first and y:
            out += flushed(text) + bytes([0xFF, 0xD0 + restarts % 8])
            text, restarts = "", restarts + 1
        for x in range(COLUMNS):
            a = samples[y, x - 1] if x else 0
            b = samples[y - 1, x] if y else 0
            c = samples[y - 1, x - 1] if x and y else 0
            if first:
                predicted = a if x else 1 << (bits - shift - 1)
            elif x == 0:
                predicted = b
            else:
                predicted = [a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1][predictor - 1]
            difference = (samples[y, x] - predicted) & 0xFFFF
            if difference == 32768:
                text += codes[16]
                continue
            if difference > 32768:
                difference -= 65536
            category = int(abs(difference)).bit_length()
            text += codes[category]
            if category:
                text += format(difference if difference > 0 else difference + (1 << category) - 1, "0%db" % category)
    return out + flushed(text) + b"\xff\xd9"


def ffmpeg(codec, image, form, options):
    context = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = COLUMNS, ROWS, form
    context.time_base = fractions.Fraction(1, 1)
    context.options = options
    frame = av.VideoFrame.from_ndarray(image, format=form)
    return b"".join(bytes(packet) for packet in context.encode(frame) + context.encode())


def show(name, data):
    print("constexpr const char* %s =" % name)
    lines = ['    "%s"' % line for line in textwrap.wrap(base64.b64encode(data).decode(), 110)]
    print("\n".join(lines) + ";")


def main():
    print("// Made by make_jpeg.py with imagecodecs %s and av %s." % (imagecodecs.__version__, av.__version__))
    for predictor in range(1, 8):
        for bits in (16,) if predictor > 1 else (8, 12, 16):
            image = pixels(bits)
            data = imagecodecs.jpeg8_encode(image, lossless=True, predictor=predictor, bitspersample=bits)
            at = data.index(b"\xff\xda")
            assert data[at + 7] == predictor and (imagecodecs.jpeg8_decode(data) == image).all()
            show("turbo_predictor_%d_of_%d_bits" % (predictor, bits), data)
    for name, bits, options in (("shifted", 12, {"shift": 3, "predictor": 6}),
                                ("restarts", 16, {"lines_between": 2, "predictor": 7}),
                                ("long_codes", 16, {"long_codes": True, "predictor": 4})):
        data = lossless(pixels(bits), bits, **options)
        shift = options.get("shift", 0)
        assert (imagecodecs.jpeg8_decode(data) == pixels(bits) >> shift << shift).all()
        show("written_%s" % name, data)
    for bits, form in ((8, "gray"), (16, "gray16le")):
        data = ffmpeg("jpegls", pixels(bits), form, {})
        assert (imagecodecs.jpegls_decode(data) == pixels(bits)).all()
        show("ffmpeg_jpeg_ls_of_%d_bits" % bits, data)
    data = imagecodecs.jpegls_encode(pixels(16))
    assert b"SPIFF" in data[:20] and (imagecodecs.jpegls_decode(data) == pixels(16)).all()
    show("spiff_jpeg_ls_of_16_bits", data)
    for bits, form in ((8, "gray"), (12, "gray12le"), (16, "gray16le")):
        data = ffmpeg("jpeg2000", pixels(bits), form, {"format": "j2k", "pred": "dwt53"})
        assert (imagecodecs.jpeg2k_decode(data) == pixels(bits)).all()
        show("ffmpeg_jpeg_2000_of_%d_bits" % bits, data)


main()
