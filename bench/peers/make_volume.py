"""Writes the volume of the in-memory comparison: about two million voxels of a smooth, noisy region in 512 x 512 x 300.

  make_volume.py FOLDER     writes FOLDER/large_image.nrrd and FOLDER/large_label.nrrd
"""
import os
import sys

import numpy
import SimpleITK as sitk

shape = (300, 512, 512)
z, y, x = numpy.ogrid[:300, :512, :512]
# An ellipsoid whose surface is dented, as a tumour's is.
radius = 78 * (1 + 0.12 * numpy.sin(x / 11.0) * numpy.cos(y / 13.0))
region = ((x - 250) ** 2 + ((y - 260) / 1.1) ** 2 + (z - 150) ** 2) < radius ** 2
rng = numpy.random.default_rng(7)
image = 400 * numpy.sin(x / 40.0) * numpy.cos(y / 35.0) + 200 * numpy.sin(z / 30.0) + rng.normal(0, 40, shape)
for name, array in (('image', image.astype('int16')), ('label', region.astype('uint8'))):
    volume = sitk.GetImageFromArray(array)
    volume.SetSpacing((0.7, 0.7, 1.0))
    sitk.WriteImage(volume, os.path.join(sys.argv[1], 'large_%s.nrrd' % name), True)
print('%d voxels in the region' % region.sum())
