#!/usr/bin/env python3
"""What PyRadiomics 3.0.1 gives voxel by voxel (voxelBased=True), for tests/maps/pyradiomics.json.

  generate.py OUT

Needs what tests/pyradiomics/generate.py needs. Volumes are made by formula (tests/maps/formula_case.hpp makes the same), so the file
holds settings, sizes and values alone; running it twice gives the same bytes.

MCC comes from a run with voxelBatch 1: where any neighbourhood of a batch has no pair in a direction, PyRadiomics' search for
eigenvalues refuses the whole batch and its map stays at initValue. A voxel at a time, such directions are left out, as of every other
feature. Where rounding alone decides what PyRadiomics gives (Imc2 of a direction without mutual information, MCC of one whose second
eigenvalue is 0), a direction is dropped or not by the sign of an error; `main` counts on its volumes having none of that.
"""
import json
import logging
import math
import sys

import numpy
import SimpleITK as sitk
from radiomics import featureextractor

logging.getLogger('radiomics').setLevel(logging.CRITICAL)
FAMILIES = ['firstorder', 'glcm', 'glrlm', 'glszm', 'gldm', 'ngtdm']


def volumes(case):
    """The image and the mask of a case."""
    nx, ny, nz = case['size']
    z, y, x = numpy.indices((nz, ny, nx))
    h = (x * 73856093 ^ y * 19349663 ^ z * 83492791) % 1009
    image = 40 + 3 * x + 5 * y - 4 * z + h % case['noise']
    if case['type'] == 'float32':
        image = image * 0.37 - 11
    cx, cy, cz, radius = case['ball']
    mask = (x - cx) ** 2 + (y - cy) ** 2 + 2 * (z - cz) ** 2 <= radius
    mask &= ~((x == cx + 1) & (y == cy))
    if case.get('planes'):
        mask &= z == cz
    image = sitk.GetImageFromArray(image.astype(case['type']))
    mask = sitk.GetImageFromArray(mask.astype('uint8'))
    for volume in (image, mask):
        volume.SetSpacing(case['spacing'])
        volume.SetOrigin((-3.5, 20, 7.25))
    return image, mask


def number(value):
    """Twelve digits: what is compared, and half the file."""
    return float('%.12g' % value) if math.isfinite(value) else None


def extract(image, mask, case, families, batch):
    setting = dict(case['setting'], additionalInfo=False, minimumROIDimensions=1)
    if batch:
        setting['voxelBatch'] = batch
    extractor = featureextractor.RadiomicsFeatureExtractor(**setting)
    extractor.disableAllFeatures()
    extractor.enableFeaturesByName(**families)
    extractor.disableAllImageTypes()
    extractor.enableImageTypes(**case.get('imageType', {'Original': {}}))
    return extractor.execute(image, mask, voxelBased=True)


def run(case):
    image, mask = volumes(case)
    families = {f: [] for f in case.get('families', FAMILIES)}
    maps = extract(image, mask, case, families, None)
    if 'glcm' in families:
        maps.update(extract(image, mask, case, {'glcm': ['MCC']}, 1))
    first = next(iter(maps.values()))
    crop = sitk.Resample(mask, first, sitk.Transform(), sitk.sitkNearestNeighbor)
    inside = sitk.GetArrayFromImage(crop) == 1
    lower = case['setting'].get('resegmentRange')
    if lower:
        inside &= sitk.GetArrayFromImage(sitk.Resample(image, first, sitk.Transform(), sitk.sitkNearestNeighbor)) >= lower[0]
    outside = {float(v) for m in maps.values() for v in sitk.GetArrayFromImage(m)[~inside]}
    assert len(outside) <= 1, outside
    every = case.get('every', 1)
    values = {name: [number(v) for v in sitk.GetArrayFromImage(m)[inside][::every]] for name, m in sorted(maps.items())}
    return {**case, 'origin': first.GetOrigin(), 'crop': first.GetSize(), 'voxels': int(inside.sum()), 'values': values}


CASES = [
    {'name': 'radius 1 in the region', 'setting': {'binWidth': 6}, 'every': 2},
    {'name': 'radius 1 beyond the region', 'setting': {'binWidth': 6, 'maskedKernel': False, 'initValue': -1}, 'every': 3},
    {'name': 'radius 2 in the region', 'setting': {'binWidth': 4, 'kernelRadius': 2}, 'every': 7},
    {'name': 'radius 2 beyond the region', 'setting': {'binWidth': 9, 'kernelRadius': 2, 'maskedKernel': False}, 'every': 7},
    {'name': 'slices', 'setting': {'binWidth': 7, 'force2D': True}, 'every': 4},
    {'name': 'slices across y, radius 2', 'every': 9,
     'setting': {'binWidth': 7, 'force2D': True, 'force2Ddimension': 1, 'kernelRadius': 2, 'maskedKernel': False}},
    {'name': 'one slice', 'setting': {'binWidth': 5}, 'planes': True, 'every': 3},
    {'name': 'bins by number, single precision', 'type': 'float32', 'setting': {'binCount': 13, 'voxelArrayShift': 7}, 'every': 6},
    {'name': 'one gray level', 'setting': {'binWidth': 1000}, 'every': 20},
    {'name': 'weighted', 'setting': {'binWidth': 6, 'weightingNorm': 'euclidean'}, 'families': ['glcm', 'glrlm'], 'every': 3},
    {'name': 'not symmetric', 'setting': {'binWidth': 6, 'symmetricalGLCM': False, 'maskedKernel': False}, 'families': ['glcm'], 'every': 3},
    {'name': 'two distances', 'every': 7,
     'setting': {'binWidth': 6, 'distances': [1, 2], 'gldm_a': 1, 'kernelRadius': 2}, 'families': ['glcm', 'gldm', 'ngtdm']},
    {'name': 'at the border of the image', 'ball': [0, 8, 1, 20], 'setting': {'binWidth': 6, 'maskedKernel': False}, 'every': 5},
    {'name': 're-segmented', 'setting': {'binWidth': 6, 'resegmentRange': [62]}, 'families': ['firstorder', 'glszm', 'ngtdm'], 'every': 3},
    {'name': 'image types', 'setting': {'binWidth': 2}, 'imageType': {'Gradient': {}, 'Wavelet': {'wavelet': 'haar'}},
     'families': ['gldm'], 'every': 12},
]
USUAL = {'size': [11, 10, 8], 'spacing': [1.0, 1.5, 2.0], 'type': 'int16', 'noise': 23, 'ball': [5, 5, 4, 11]}


def main(out):
    cases = []
    for case in CASES:
        cases.append(run({**USUAL, **case}))
        print(case['name'], cases[-1]['voxels'], cases[-1]['crop'], len(cases[-1]['values']), file=sys.stderr)
    with open(out, 'w') as file:
        file.write('[\n' + ',\n'.join(json.dumps(c, separators=(',', ':')) for c in cases) + '\n]\n')


if __name__ == '__main__':
    main(sys.argv[1])
