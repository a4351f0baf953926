"""Writes a cohort to measure throughput on: the same bytes for the same arguments.

  make.py PRESET FOLDER [--cases N] [--seed S]     writes FOLDER/manifest.csv and FOLDER/data/*.nii.gz

Presets:
  sarcoma   51 pairs as in a public cohort of soft-tissue sarcomas: 48 million voxels of MR in floats, regions of 240 to 490,000 voxels
  small     small crops, 16 to 48 voxels along each axis, regions of 100 to 5,000 voxels: what is paid for a case as such
  ct        whole CT of 512 x 512 x 60 to 300, int16, regions of 200 to 500,000 voxels: what is paid for decoding
"""
import argparse
import concurrent.futures
import csv
import math
import os

import numpy
import SimpleITK as sitk


def spread(count, low, high, total=None):
    """`count` sizes from low to high, evenly in their logarithms, bent so that they add up to `total`."""
    place = numpy.linspace(0, 1, count) if count > 1 else numpy.zeros(1)
    sizes = lambda bend: low * (high / low) ** (place ** bend)
    if total is None:
        return sizes(1.0)
    least, most = 0.02, 50.0
    for _ in range(60):
        bend = math.sqrt(least * most)
        least, most = (bend, most) if sizes(bend).sum() > total else (least, bend)
    return sizes(least)


def plan(preset, count, rng):
    """[(shape in x, y, z; voxels of the region; type)], in the order of the manifest."""
    if preset == 'sarcoma':
        regions = spread(count, 240, 490000, 3.1e6 * count / 51)
        volumes = spread(count, 2.2e5, 3.2e6, 48e6 * count / 51)
        # Large tumours are in large volumes, roughly.
        order = numpy.argsort(numpy.arange(count) + rng.normal(0, count / 12, count))
        regions = numpy.minimum(regions[order], volumes / 5)
        regions[-1] = min(490000, volumes[-1] / 5)
        sides = rng.choice([160, 192, 256, 320], count)
        cases = [((s, s, max(4, round(v / s ** 2))), r, 'float32') for s, v, r in zip(sides.tolist(), volumes, regions)]
    elif preset == 'small':
        cases = [(tuple(rng.integers(16, 49, 3).tolist()), r, 'int16') for r in spread(count, 100, 5000)]
        cases = [(shape, min(r, math.prod(shape) / 5), kind) for shape, r, kind in cases]
    else:
        cases = [((512, 512, int(rng.integers(60, 301))), r, 'int16') for r in spread(count, 200, 500000)]
    return [cases[i] for i in rng.permutation(count)]


def make(case):
    """Body, noise and a dented ellipsoid of exactly so many voxels."""
    folder, name, shape, voxels, kind, seed = case
    rng = numpy.random.default_rng(seed)
    nx, ny, nz = shape
    z, y, x = (numpy.linspace(-1, 1, n, dtype='float32').reshape([-1 if i == axis else 1 for i in range(3)])
               for axis, n in enumerate((nz, ny, nx)))
    body = numpy.broadcast_to((x / 0.95) ** 2 + (y / 0.85) ** 2 < 1, (nz, ny, nx))
    texture = 900 + 240 * numpy.sin(7 * x + 3) * numpy.cos(5 * y) + 120 * numpy.sin(6 * z + 4 * x)
    image = numpy.zeros((nz, ny, nx), 'float32')
    image[body] = (texture + rng.normal(0, 150 if kind == 'float32' else 20, image.shape).astype('float32'))[body]
    if kind == 'int16':
        image[~body] = -700 + rng.integers(-2, 3, int((~body).sum()))
    image = numpy.round(image).astype(kind)
    centre = rng.uniform(-0.3, 0.3, 3)
    stretch = rng.uniform(0.7, 1.4, 3)
    away = (((x - centre[0]) * nx * stretch[0]) ** 2 + ((y - centre[1]) * ny * stretch[1]) ** 2 + ((z - centre[2]) * nz * stretch[2]) ** 2)
    away = away * (1 + 0.15 * numpy.sin(23 * x) * numpy.cos(19 * y + 11 * z))
    count = max(1, round(voxels))
    mask = numpy.zeros(image.size, 'uint8')
    mask[numpy.argpartition(away, count, axis=None)[:count]] = 1
    for what, array in (('image', image), ('mask', mask.reshape(image.shape))):
        volume = sitk.GetImageFromArray(array)
        volume.SetSpacing((0.9, 0.9, 3.0) if kind == 'float32' else (0.8, 0.8, 1.5))
        sitk.WriteImage(volume, os.path.join(folder, 'data', '%s_%s.nii.gz' % (name, what)), True, 6)
    return image.size, count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('preset', choices=['sarcoma', 'small', 'ct'])
    parser.add_argument('folder')
    parser.add_argument('--cases', type=int, help='how many (default: sarcoma 51, small 1000, ct 20)')
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    count = options.cases or {'sarcoma': 51, 'small': 1000, 'ct': 20}[options.preset]
    os.makedirs(os.path.join(options.folder, 'data'), exist_ok=True)
    cases = plan(options.preset, count, numpy.random.default_rng(options.seed))
    names = ['case-%05d' % (i + 1) for i in range(count)]
    jobs = [(options.folder, name, *case, [options.seed, i]) for i, (name, case) in enumerate(zip(names, cases))]
    with concurrent.futures.ProcessPoolExecutor() as pool:
        made = list(pool.map(make, jobs))
    with open(os.path.join(options.folder, 'manifest.csv'), 'w', newline='') as file:
        rows = csv.writer(file)
        rows.writerow(['ID', 'Image', 'Mask'])
        rows.writerows([name, 'data/%s_image.nii.gz' % name, 'data/%s_mask.nii.gz' % name] for name in names)
    stored = sum(entry.stat().st_size for entry in os.scandir(os.path.join(options.folder, 'data')))
    print('%d pairs, %.1f MB, %.1f M voxels, %.2f M of them in regions of %d to %d' %
          (count, stored / 1e6, sum(v for v, _ in made) / 1e6, sum(r for _, r in made) / 1e6,
           min(r for _, r in made), max(r for _, r in made)))


if __name__ == '__main__':
    main()
