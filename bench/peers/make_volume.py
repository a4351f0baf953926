"""Writes volumes that are too large to keep: smooth, noisy regions.

  make_volume.py FOLDER          large_image.nrrd, large_label.nrrd: about two million voxels in 512 x 512 x 300, for the comparison in memory
  make_volume.py FOLDER labels   the same, not compressed, and labels_label.nrrd, which cuts its region into 84 labels
  make_volume.py FOLDER body     body_image.nrrd, body_label.nrrd: 98 million voxels in 512 x 512 x 800, not compressed
"""
import os
import sys

import numpy
import SimpleITK as sitk


def write(name, array, spacing, compressed):
    volume = sitk.GetImageFromArray(array)
    volume.SetSpacing(spacing)
    sitk.WriteImage(volume, os.path.join(sys.argv[1], name + '.nrrd'), compressed)


def large(cut):
    shape = (300, 512, 512)
    z, y, x = numpy.ogrid[:300, :512, :512]
    # An ellipsoid whose surface is dented, as a tumour's is.
    radius = 78 * (1 + 0.12 * numpy.sin(x / 11.0) * numpy.cos(y / 13.0))
    region = ((x - 250) ** 2 + ((y - 260) / 1.1) ** 2 + (z - 150) ** 2) < radius ** 2
    rng = numpy.random.default_rng(7)
    image = 400 * numpy.sin(x / 40.0) * numpy.cos(y / 35.0) + 200 * numpy.sin(z / 30.0) + rng.normal(0, 40, shape)
    masks = {'large_image': image.astype('int16'), 'large_label': region.astype('uint8')}
    if cut:
        masks['labels_label'] = (region * (1 + x // 35 % 5 + 5 * (y // 38 % 5) + 25 * (z // 40 % 4))).astype('uint8')
    for name, array in masks.items():
        write(name, array, (0.7, 0.7, 1.0), not cut)
    print('%d voxels in the region' % region.sum())


def body():
    y, x = numpy.ogrid[:512, :512]
    rng = numpy.random.default_rng(7)
    inside = ((x - 256) / 230.0) ** 2 + ((y - 256) / 170.0) ** 2 < 1
    image = numpy.empty((800, 512, 512), 'int16')
    for z, slice_ in enumerate(image):
        tissue = 60 * numpy.sin(x / 40.0) * numpy.cos(y / 35.0) + 40 * numpy.sin(z / 30) + rng.normal(0, 20, inside.shape)
        slice_[:] = numpy.where(inside, tissue, -1000 + rng.normal(0, 5, inside.shape))
    write('body_image', image, (0.98, 0.98, 1.5), False)
    write('body_label', numpy.repeat(inside[None].astype('uint8'), 800, axis=0), (0.98, 0.98, 1.5), False)
    print('%d voxels in the region' % (800 * inside.sum()))


what = sys.argv[2] if len(sys.argv) > 2 else 'large'
if what == 'body':
    body()
else:
    large(what == 'labels')
