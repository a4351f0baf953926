"""Draws how time grows: growth.py BENCHMARK.json RADLOOM OUT. See growth.sh."""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import matplotlib
import numpy
import SimpleITK as sitk

matplotlib.use('svg')
matplotlib.rcParams['svg.hashsalt'] = 'radloom'
from matplotlib import pyplot  # noqa: E402

BOXES = [1, 2, 3, 4, 5]  # along each axis: 1 to 125 labels


def labels_of(folder):
    """An image and masks that cut the same two million voxels into more and more labels."""
    n = 130
    z, y, x = numpy.ogrid[:n + 40, :n + 60, :n + 60]
    rng = numpy.random.default_rng(7)
    image = 400 * numpy.sin(x / 40.0) * numpy.cos(y / 35.0) + 200 * numpy.sin(z / 30.0) + rng.normal(0, 40, (n + 40, n + 60, n + 60))
    where = os.path.join(folder, 'image.nrrd')
    sitk.WriteImage(sitk.GetImageFromArray(image.astype('int16')), where)
    masks = {}
    for cuts in BOXES:
        mask = numpy.zeros(image.shape, 'uint8')
        at = numpy.arange(n) * cuts // n
        mask[20:20 + n, 30:30 + n, 30:30 + n] = 1 + at[:, None, None] * cuts ** 2 + at[None, :, None] * cuts + at[None, None, :]
        masks[cuts ** 3] = os.path.join(folder, 'mask%d.nrrd' % cuts)
        sitk.WriteImage(sitk.GetImageFromArray(mask), masks[cuts ** 3])
    return where, masks


def main():
    with open(sys.argv[1]) as file:
        runs = json.load(file)['benchmarks']
    radloom, out = sys.argv[2:]
    os.makedirs(out, exist_ok=True)
    voxels, levels = {}, {}
    for run in runs:
        if run.get('error_occurred'):
            sys.exit('%s: %s' % (run['name'], run['error_message']))
        v, g = map(int, re.search(r'voxels:(\d+)/levels:(\d+)', run['name']).groups())
        ms = run['real_time']
        if g == 64:
            voxels[v] = ms
        if v == 1000000:
            levels[g] = ms
    labels = {}
    with tempfile.TemporaryDirectory() as scratch:
        image, masks = labels_of(scratch)
        for _ in range(3):
            for count, mask in masks.items():
                begin = time.perf_counter()
                subprocess.run([radloom, 'extract', image, mask, '--preset', 'pyradiomics', '--label', 'all', '-j', '1', '--quiet',
                                '-o', os.path.join(scratch, 'out.json')], check=True)
                labels.setdefault(count, []).append(1000 * (time.perf_counter() - begin))
    labels = {count: statistics.median(ms) for count, ms in labels.items()}
    curves = [('voxels of the region', 'voxels', voxels, '64 gray levels'), ('gray levels', 'gray levels', levels, '1 million voxels'),
              ('labels', 'labels', labels, '2.2 million voxels in all, whole process')]
    figure, panels = pyplot.subplots(1, 3, figsize=(11, 3.3), layout='constrained')
    with open(os.path.join(out, 'growth.md'), 'w') as table:
        table.write('Written by `bench/growth/growth.sh`: every family of PyRadiomics, noise, one thread.\n')
        for panel, (title, unit, curve, what) in zip(panels, curves):
            x, ms = zip(*sorted(curve.items()))
            panel.loglog(x, ms, 'o-', color='#2060a0')
            panel.loglog(x, [ms[-1] * a / x[-1] for a in x], ':', color='#999999', label='in proportion')
            panel.set(title=what, xlabel=title, ylabel='ms')
            panel.set_ylim(bottom=min(ms) / 2)
            panel.grid(alpha=0.3)
            panel.legend(frameon=False)
            table.write('\n%s:\n\n| %s | ms | ns a voxel |\n|--:|--:|--:|\n' % (what, unit))
            for a, b in zip(x, ms):
                size = a if unit == 'voxels' else 1e6 if unit == 'gray levels' else 130 ** 3
                table.write('| %s | %.4g | %.3g |\n' % (format(a, ','), b, 1e6 * b / size))
    figure.savefig(os.path.join(out, 'growth.svg'), metadata={'Date': None})


if __name__ == '__main__':
    main()
