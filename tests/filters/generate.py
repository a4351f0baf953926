#!/usr/bin/env python3
"""What PyWavelets gives: the table of filters, and figures to compare responses with.

  generate.py table OUT     src/filters/wavelet/{coefficients,names}.inc, made once
  generate.py figures OUT   tests/filters/wavelet.json

Needs pip packages only: numpy PyWavelets. Every run is seeded, so running it twice gives the same bytes.
"""
import json
import os
import sys
import textwrap
from importlib.metadata import version

import numpy
import pywt


def single(name):
    """dec_lo as PyWavelets has it in single precision: what an impulse gives. That of a coiflet is a rounded product."""
    n = pywt.Wavelet(name).dec_len
    impulse = numpy.zeros(4 * n, 'float32')
    impulse[0] = 1
    return numpy.roll(pywt.swt(impulse, name, 1)[0][0], n // 2)[:n]


def table(out):
    taps, rows = [], []

    def add(macro, identifier, values):
        text = '%s(%s, %s)' % (macro, identifier, ', '.join(values))
        taps.append('\n'.join(textwrap.wrap(text, 120, subsequent_indent='    ')))

    def add_double(identifier, values):
        add('RL_TAPS', identifier, [repr(float(v)) for v in values])

    for name in pywt.wavelist(kind='discrete'):
        wavelet = pywt.Wavelet(name)
        identifier = name.replace('.', '_')
        assert wavelet.dec_len % 2 == 0
        assert wavelet.dec_hi == [(-1 if k % 2 == 0 else 1) * v for k, v in enumerate(wavelet.rec_lo)]
        rounded = (numpy.array(wavelet.dec_lo).astype('float32') == single(name)).all()
        assert rounded or name.startswith('coif')
        if name.startswith('bior'):
            add_double(identifier + '_decomposition', wavelet.dec_lo)
            add_double(identifier + '_reconstruction', wavelet.rec_lo)
            rows.append('RL_BIORTHOGONAL("%s", %s_decomposition, %s_reconstruction)' % (name, identifier, identifier))
        elif not name.startswith('rbio'):
            assert wavelet.rec_lo == wavelet.dec_lo[::-1]
            if name == 'db1':
                identifier = 'haar'  # the same wavelet
            else:
                add_double(identifier, wavelet.dec_lo)
            if not rounded:
                add('RL_SINGLE_TAPS', identifier + '_single', [str(v) + 'F' for v in single(name)])
            rows.append('RL_ORTHOGONAL("%s", %s, %s)' % (name, identifier, identifier + '_single' if not rounded else '{}'))
    with open(os.path.join(out, 'coefficients.inc'), 'w') as file:
        file.write('// Low-pass decomposition (and, of spline wavelets, reconstruction) filters. Made by tests/filters/generate.py from\n'
                   '// PyWavelets %s.\n' % version('PyWavelets') + '\n'.join(taps) + '\n')
    with open(os.path.join(out, 'names.inc'), 'w') as file:
        file.write('// Every wavelet and its filters, in PyWavelets\' order. Made by tests/filters/generate.py.\n' + '\n'.join(rows) + '\n')


def fnv1a(data):
    """64-bit FNV-1a, which needs three lines in any language."""
    h = 14695981039346656037
    for byte in data:
        h = ((h ^ byte) * 1099511628211) % 2**64
    return format(h, '016x')


def volume(shape, seed):
    """Integers by a formula that is the same in any language."""
    z, y, x = numpy.indices(shape).astype('int64')
    return (x * 37 + y * 101 + z * 193 + seed * 29 + x * y * 7 + y * z * 11 + x * x * z * 3) % 1009 - 400


def figures(out):
    runs = []

    def run(wavelet, shape, level, axes, kind, chain):
        """chain: PyRadiomics calls swtn at level 1 again and again; otherwise one call with several levels (a trous)."""
        data = volume(shape, len(runs)).astype(kind)
        if chain:
            data = numpy.pad(data, [(0, n % 2) for n in shape], 'wrap')
            for _ in range(level):
                found = pywt.swtn(data, wavelet, level=1, axes=axes)[0]
                data = found['a' * len(axes)]
            found = {k: v[tuple(slice(0, n) for n in shape)] for k, v in found.items()}
        else:
            found = pywt.swtn(data, wavelet, level=level, axes=axes)[0]
        # The digest of a response's bytes says whether every bit is right.
        runs.append({'wavelet': wavelet, 'size': list(shape[::-1]), 'level': level, 'axes': ''.join('zyx'[a] for a in axes),
                     'type': kind, 'chain': chain, 'bands': {
                         k.replace('a', 'L').replace('d', 'H'): {'digest': fnv1a((v + 0).astype('<' + v.dtype.str[1:]).tobytes()),
                                                                   'first': float(v.flat[0]).hex()}
                         for k, v in found.items()}})

    for name in pywt.wavelist(kind='discrete'):
        run(name, (4, 6, 8), 1, (2, 1, 0), 'float64', True)
    for name in ('haar', 'db2', 'db3', 'coif1', 'coif2', 'sym5', 'bior2.4', 'rbio4.4', 'dmey', 'db20', 'coif17'):
        for kind in ('float64', 'float32'):
            run(name, (7, 9, 37), 1, (2, 1, 0), kind, True)
            run(name, (5, 8, 70), 3, (2, 1, 0), kind, True)
            run(name, (8, 8, 16), 3, (2, 1, 0), kind, False)
            run(name, (16, 16, 32), 2, (2, 1, 0), kind, False)
            for axes in ((2, 1), (2, 0), (1, 0)):
                run(name, (5, 7, 9), 2, axes, kind, True)
    for shape in ((1, 1, 1), (1, 5, 4), (3, 1, 2), (2, 2, 2), (1, 1, 130), (130, 1, 1), (1, 130, 1), (33, 66, 67)):
        run('coif1', shape, 1, (2, 1, 0), 'float64', True)
        run('coif1', shape, 2, (2, 1, 0), 'float32', True)
    text = json.dumps({'PyWavelets': version('PyWavelets'), 'numpy': numpy.__version__, 'runs': runs}, separators=(',', ':'))
    with open(os.path.join(out, 'wavelet.json'), 'w') as file:
        file.write(text.replace('{"wavelet"', '\n{"wavelet"') + '\n')
    print(len(runs), 'runs,', len(text), 'bytes')


if __name__ == '__main__':
    if len(sys.argv) != 3 or sys.argv[1] not in ('table', 'figures'):
        sys.exit(__doc__)
    {'table': table, 'figures': figures}[sys.argv[1]](sys.argv[2])
