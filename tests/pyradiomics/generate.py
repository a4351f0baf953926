#!/usr/bin/env python3
"""Figures that PyRadiomics 3.0.1 gives and that the reference data lack; they are committed beside this script.

  generate.py DATA OUT [FILE...]   DATA: the folder that holds pyradiomics/*.nrrd; OUT: where the JSON files go; FILE: small,
                                   synthetic, ...: only these

Needs pip packages only: pip wheel setuptools 'numpy<2' cython versioneer SimpleITK PyWavelets pykwalify, then
pyradiomics==3.0.1 --no-build-isolation; for LBP2D and LBP3D scipy==1.11.4, scikit-image==0.22.0 and trimesh, since PyRadiomics 3.0.1
does not find what it needs in today's scipy. Every run of a file is seeded, so running it twice gives the same bytes.

small.json     random small volumes with every feature and a digest of every matrix
synthetic.json volumes by formula: types of voxels, grids, regions that degenerate
filters.json   the same volumes, and image types beside Original
extras.json    settings, interpolators, masks and errors on the real cases
matrices.json  digests of every texture matrix of brain1 and breast1
"""
import argparse
import json
import logging
import math
import os
import sys
import warnings

import numpy
import radiomics
import SimpleITK as sitk
from radiomics import cMatrices, featureextractor, imageoperations

FAMILIES = ['shape', 'firstorder', 'glcm', 'glrlm', 'glszm', 'gldm', 'ngtdm']
DEPRECATED = {'firstorder': ['StandardDeviation'], 'shape': ['Compactness1', 'Compactness2', 'SphericalDisproportion'],
              'shape2D': ['SphericalDisproportion']}


def number(value):
    value = complex(value).real if numpy.iscomplexobj(value) else float(value)
    return value if math.isfinite(value) else None


def execute(image, mask, parameters, label=1):
    """Feature name -> value, or the text of the error."""
    extractor = featureextractor.RadiomicsFeatureExtractor(parameters)
    extractor.addProvenance(False)
    try:
        return {k: number(v) for k, v in extractor.execute(image, mask, label=label).items()}
    except (ValueError, RuntimeError, AssertionError) as error:
        return 'error: ' + str(error).split('\n')[0]


def fnv1a(text):
    """64-bit FNV-1a, which needs three lines in any language."""
    h = 14695981039346656037
    for byte in text.encode():
        h = ((h ^ byte) * 1099511628211) % 2**64
    return format(h, '016x')


def digest(cells):
    """Count of cells, total, and the digest of 'row,column,count;' of the cells that are not zero, in order."""
    cells = sorted((int(i), int(j), int(n)) for i, j, n in cells if n)
    return [len(cells), sum(c[2] for c in cells), fnv1a(''.join('%d,%d,%d;' % c for c in cells))]


def dense_cells(matrix):
    rows, columns = numpy.nonzero(matrix)
    return [(i + 1, j + 1, round(matrix[i, j])) for i, j in zip(rows, columns)]


def matrices(levels, mask, settings):
    """Digests by matrix; a direction is named by its offset (x,y,z), turned so that the last non-zero of x, y, z is positive."""
    ng = int(levels[mask].max())
    distances = numpy.array(settings.get('distances', [1]))
    flat = (settings.get('force2D', False), settings.get('force2Ddimension', 0))
    result = {'glcm': {}, 'glrlm': {}}

    def name(angle):
        z, y, x = (int(v) for v in angle)
        sign = 1 if (z, y, x) > (0, 0, 0) else -1
        return '%d,%d,%d' % (sign * x, sign * y, sign * z), sign

    glcm, angles = cMatrices.calculate_glcm(levels, mask, distances, ng, *flat)
    for k, angle in enumerate(angles):
        text, sign = name(angle)
        one = glcm[0, :, :, k]
        if one.any():
            result['glcm'][text] = digest(dense_cells(one if sign > 0 else one.T))
    glrlm, angles = cMatrices.calculate_glrlm(levels, mask, ng, max(levels.shape), *flat)
    for k, angle in enumerate(angles):
        if glrlm[0, :, :, k].any():
            result['glrlm'][name(angle)[0]] = digest(dense_cells(glrlm[0, :, :, k]))
    result['glszm'] = digest(dense_cells(cMatrices.calculate_glszm(levels, mask.copy(), ng, int(mask.sum()), *flat)[0]))
    gldm = cMatrices.calculate_gldm(levels, mask, distances, ng, settings.get('gldm_a', 0), *flat)
    result['gldm'] = digest(dense_cells(gldm[0]))
    ngtdm = cMatrices.calculate_ngtdm(levels, mask, distances, ng, *flat)[0]
    present = ngtdm[:, 0] > 0
    result['ngtdm_count'] = digest([(r[2], 0, r[0]) for r in ngtdm[present]])
    result['ngtdm_difference'] = [number(v) for v in ngtdm[present, 1]]
    return result


def small_volumes():
    """(name, levels (z, y, x) with -1 outside the region, spacing, settings)"""
    rng = numpy.random.default_rng(20240607)

    def box(shape, levels, filled):
        values = rng.integers(1, levels + 1, shape)
        return numpy.where(rng.random(shape) < filled, values, -1)

    def smooth(shape, levels):
        z, y, x = numpy.indices(shape)
        return 1 + ((x + 2 * y + z) // 3 + rng.integers(0, 2, shape)) % levels

    yield 'holes', box((4, 5, 6), 6, 0.7), (1, 1, 1), {}
    yield 'full box', box((3, 4, 5), 8, 1.1), (1, 1, 1), {}
    yield 'smooth', smooth((5, 6, 7), 5), (0.7, 0.9, 2.5), {}
    yield 'sparse', box((6, 6, 6), 4, 0.15), (1, 2, 3), {}
    yield 'many levels', box((4, 7, 9), 300, 0.8), (1, 1, 1), {}
    two = box((5, 6, 11), 5, 0.9)
    two[:, :, 4:7] = -1
    yield 'two parts', two, (1.5, 1.5, 1), {}
    yield 'one slice', box((1, 7, 8), 5, 0.8), (0.8, 0.8, 3), {}
    yield 'one column', box((6, 5, 1), 5, 0.9), (0.8, 0.8, 3), {}
    yield 'a line', box((1, 1, 12), 4, 1.1), (1, 1, 1), {'minimumROIDimensions': 1}
    yield 'a diagonal', numpy.where(numpy.eye(7, dtype=bool)[None], rng.integers(1, 4, (1, 7, 7)), -1), (1, 1, 2), {}
    yield 'one gray level', numpy.where(rng.random((4, 4, 5)) < 0.6, 7, -1), (1, 1, 1), {}
    apart = numpy.full((3, 3, 5), -1)
    apart[0, 0, 0], apart[2, 2, 4] = 1, 5
    yield 'two voxels apart', apart, (1, 1, 1), {}
    together = numpy.full((1, 1, 2), 3)
    yield 'two voxels of one level', together, (1, 1, 1), {'minimumROIDimensions': 1}
    yield 'two gray levels', box((4, 4, 4), 2, 0.9), (1, 1, 1), {}
    for norm in ('infinity', 'euclidean', 'manhattan', 'no_weighting'):
        yield 'norm ' + norm, box((4, 5, 5), 5, 0.8), (0.5, 0.75, 1.25), {'weightingNorm': norm}
    yield 'distances 1 2', box((5, 6, 6), 5, 0.8), (1, 1, 1), {'distances': [1, 2]}
    yield 'distances 1 3', box((5, 6, 6), 5, 0.8), (1, 1, 1), {'distances': [1, 3]}
    yield 'distance 2', box((2, 6, 6), 5, 0.8), (1, 1, 1), {'distances': [2]}
    yield 'distances weighted', box((4, 6, 6), 5, 0.8), (0.5, 0.5, 0.6), {'distances': [1, 2], 'weightingNorm': 'euclidean'}
    for dimension in (0, 1, 2):
        yield 'slices of dimension %d' % dimension, box((5, 4, 6), 5, 0.8), (1, 1.2, 1.4), {'force2D': True, 'force2Ddimension': dimension}
    yield 'slices weighted', box((5, 4, 6), 5, 0.8), (0.4, 0.6, 1.4), {'force2D': True, 'weightingNorm': 'manhattan'}
    yield 'asymmetric', box((4, 5, 6), 6, 0.8), (1, 1, 1), {'symmetricalGLCM': False}
    yield 'asymmetric merged', box((4, 5, 6), 6, 0.8), (1, 1, 1), {'symmetricalGLCM': False, 'weightingNorm': 'no_weighting'}
    for alpha in (1, 2):
        yield 'alpha %d' % alpha, box((4, 5, 6), 9, 0.8), (1, 1, 1), {'gldm_a': alpha}
    yield 'shift', box((3, 4, 4), 9, 0.8), (1, 1, 1), {'voxelArrayShift': 300}


def small():
    cases = []
    names = None
    for name, levels, spacing, settings in small_volumes():
        if (levels > 0).all():  # PyRadiomics refuses a mask without a zero
            levels = numpy.pad(levels, ((0, 0), (0, 0), (0, 1)), constant_values=-1)
        region = levels > 0
        values = numpy.where(region, levels, 999).astype('int16')
        image, mask = sitk.GetImageFromArray(values), sitk.GetImageFromArray(region.astype('uint8'))
        for volume in (image, mask):
            volume.SetSpacing([float(s) for s in spacing])
        parameters = {'imageType': {'Original': {}}, 'setting': {'binWidth': 1, **settings},
                      'featureClass': {f: None for f in FAMILIES}}
        found = execute(image, mask, parameters)
        names = names or list(found)
        # What the families see: the region's box, levels counted from the region's smallest.
        where = numpy.nonzero(region)
        block = tuple(slice(w.min(), w.max() + 1) for w in where)
        inside = region[block]
        counted = numpy.where(inside, levels[block] - levels[region].min() + 1, 0).astype('int')
        cases.append({'name': name, 'size': list(levels.shape[::-1]), 'spacing': list(spacing), 'settings': settings,
                      'voxels': [int(v) for v in levels.ravel()],
                      'values': [found[n] for n in names] if isinstance(found, dict) else found,
                      'matrices': matrices(counted, inside, settings)})
    return {'names': names, 'cases': cases}


SOME = {'shape': ['VoxelVolume', 'MeshVolume'], 'firstorder': None, 'glcm': ['Contrast', 'JointEntropy'], 'glszm': ['ZonePercentage'],
        'ngtdm': ['Coarseness']}


def settle(entry, found, fails, name_sets):
    """Puts into a run what PyRadiomics found, or the error that is due; the two must agree whether it fails."""
    if (fails is not None) != isinstance(found, str):
        raise SystemExit('%s, %s: %s' % (entry['name'], entry.get('case', 'made by formula'), found))
    if fails:
        entry['fails'] = fails
        return
    names = [n[len('original_'):] for n in found]
    if names not in name_sets:
        name_sets.append(names)
    entry['names'], entry['values'] = name_sets.index(names), list(found.values())


def extras(data):
    """Runs of the real cases. `image` and `mask` say how the volumes were changed first; the test does the same."""
    def read(case):
        folder = os.path.join(data, 'pyradiomics')
        return [sitk.ReadImage(os.path.join(folder, '%s_%s.nrrd' % (case, what))) for what in ('image', 'label')]

    def changed(volume, change):
        array = sitk.GetArrayFromImage(volume)
        z, y, x = numpy.indices(array.shape)
        if change == 'float32':           # intensities that no integer type holds
            array = array.astype('float32') * numpy.float32(0.37) + numpy.float32(0.1)
        elif change == 'thirds':          # three labels, by x modulo 3
            array = numpy.where(array == 1, 1 + x % 3, 0).astype('uint8')
        elif change == 'union 1+3':       # what labels 1 and 3 of the thirds make together
            array = numpy.where((array == 1) & (x % 3 != 1), 1, 0).astype('uint8')
        elif change == 'one slice':       # the region's slice with the most voxels, the first such
            areas = (array == 1).sum((1, 2))
            array = numpy.where((array == 1) & (z == int(areas.argmax())), 1, 0).astype('uint8')
        elif change == 'one voxel':
            at = tuple(index[0] for index in numpy.nonzero(array == 1))
            array = numpy.zeros_like(array)
            array[at] = 1
        else:
            raise ValueError(change)
        result = sitk.GetImageFromArray(array)
        result.CopyInformation(volume)
        return result

    runs, name_sets = [], []

    def run(name, case, setting, feature_class=SOME, image=None, mask=None, label=1, ours=None, fails=None):
        volumes = read(case)
        volumes = [changed(v, c) if c else v for v, c in zip(volumes, (image, mask))]
        parameters = {'imageType': {'Original': {}}, 'setting': setting, 'featureClass': feature_class}
        # A union has no name in PyRadiomics: it sees the merged mask, we see the labels.
        found = execute(*volumes, parameters, label=label)
        entry = {'name': name, 'case': case, 'setting': setting, 'featureClass': feature_class}
        if image:
            entry['image'] = image
        if mask:
            entry['mask'] = mask
        if label != 1:
            entry['label'] = str(label)
        entry.update(ours or {})
        if feature_class == SOME:
            del entry['featureClass']
        settle(entry, found, fails, name_sets)
        runs.append(entry)

    for case in ('brain1', 'brain2', 'breast1', 'lung1', 'lung2'):
        run('deprecated features', case, {'binWidth': 25}, {f: DEPRECATED[f] for f in ('firstorder', 'shape')})
    spacings = {'breast1': [[1, 1.5, 0], [0.5, 0.5, 3]], 'brain1': [[1.1, 0, 4.3]]}
    for case, list_of_spacings in spacings.items():
        for spacing in list_of_spacings:
            for interpolator in ('NearestNeighbor', 'Linear', 'BSpline', 'Gaussian', 'LabelGaussian', 'HammingWindowedSinc',
                                 'CosineWindowedSinc', 'WelchWindowedSinc', 'LanczosWindowedSinc', 'BlackmanWindowedSinc'):
                run('%s to %s' % (interpolator, spacing), case,
                    {'binWidth': 10, 'interpolator': 'sitk' + interpolator, 'resampledPixelSpacing': spacing})
    for case in ('breast1', 'brain1'):
        def settings(name, setting, feature_class=SOME, case=case, **more):
            run(name, case, {'binWidth': 10, **setting}, feature_class, **more)

        low, high = {'breast1': (120, 170), 'brain1': (700, 1100)}[case]
        all_but_shape = {f: None for f in FAMILIES if f != 'shape'}
        settings('absolute range', {'resegmentRange': [low, high]})
        settings('absolute, one side', {'resegmentRange': [low]})
        settings('absolute range, shape too', {'resegmentRange': [low, high], 'resegmentShape': True}, {**SOME, 'shape': None})
        settings('relative range', {'resegmentRange': [0.5, 0.9], 'resegmentMode': 'relative'})
        settings('relative, one side', {'resegmentRange': [0.6], 'resegmentMode': 'relative'})
        settings('sigma, one side', {'resegmentRange': [-1], 'resegmentMode': 'sigma'})
        settings('range that leaves nothing', {'resegmentRange': [1e6, 2e6]}, fails='resegmentation_empty')
        settings('normalize alone', {'normalize': True, 'binWidth': 0.2})
        settings('normalize and scale', {'normalize': True, 'normalizeScale': 50})
        settings('normalize, outliers', {'normalize': True, 'normalizeScale': 50, 'removeOutliers': 2})
        settings('normalize, then resample', {'normalize': True, 'normalizeScale': 100, 'resampledPixelSpacing': [2, 2, 2]})
        settings('no padding', {'resampledPixelSpacing': [1.7, 1.7, 3], 'padDistance': 0})
        settings('wide padding', {'resampledPixelSpacing': [1.7, 1.7, 3], 'padDistance': 40})
        settings('resample, then range', {'resampledPixelSpacing': [1.7, 1.7, 3], 'resegmentRange': [low, high]})
        settings('resample to the same spacing', {'resampledPixelSpacing': [0, 0, 0]})
        settings('spacing without an interpolator', {'resampledPixelSpacing': [2, 2, 2], 'interpolator': None})
        settings('preCrop', {'preCrop': True})
        for norm in ('infinity', 'no_weighting', 'euclidean', 'manhattan'):
            settings('norm ' + norm, {'weightingNorm': norm}, {'glcm': None, 'glrlm': None})
        settings('distances 1 3', {'distances': [1, 3]}, {'glcm': None, 'gldm': None, 'ngtdm': None})
        for dimension in (1, 2):
            settings('force2Ddimension %d' % dimension, {'force2D': True, 'force2Ddimension': dimension}, all_but_shape)
        settings('shift', {'voxelArrayShift': 250})
        settings('binWidth 7.3', {'binWidth': 7.3}, all_but_shape)
        settings('binCount 16', {'binCount': 16}, all_but_shape)
        settings('float32', {'binWidth': 5}, all_but_shape, image='float32')
        # Edges of bins become float32 too; in 18 of them numpy 1 and 2 agree on every voxel, in 40 they do not.
        settings('float32 in 18 bins', {'binCount': 18}, all_but_shape, image='float32')
        settings('float32 resampled', {'binWidth': 5, 'resampledPixelSpacing': [1.5, 1.5, 3]}, image='float32')
        for label in (1, 2, 3):
            settings('label %d of the thirds' % label, {}, {f: None for f in FAMILIES}, mask='thirds', label=label)
        settings('union of labels', {}, {f: None for f in FAMILIES}, mask='union 1+3', ours={'mask': 'thirds', 'label': '1+3'})
        settings('label that is not there', {}, mask='thirds', label=7, fails='label_absent')
        settings('one voxel', {}, mask='one voxel', fails='region_too_small')
        settings('one slice where three dimensions are asked', {'minimumROIDimensions': 3}, mask='one slice', fails='region_too_small')
        settings('one slice', {}, {f: None for f in FAMILIES}, mask='one slice')
        settings('one slice, resampled', {'resampledPixelSpacing': [0.5, 0.5, 1]}, {f: None for f in FAMILIES}, mask='one slice')
        settings('one slice in 2D', {'force2D': True}, {'shape2D': None, 'glcm': None}, mask='one slice')
        settings('deprecated of one slice', {'force2D': True}, {'shape2D': DEPRECATED['shape2D']}, mask='one slice')
        settings('more voxels asked than there are', {'minimumROISize': 10**7}, fails='region_too_small')
        settings('fewer voxels asked than there are', {'minimumROISize': 30})
    return {'featureClass': SOME, 'names': name_sets, 'runs': runs}


# Volumes by formula, so that the test can make the same ones. Axes are x, y, z.
GRID = {'size': [24, 20, 14], 'spacing': [1, 1, 1], 'origin': [0, 0, 0], 'direction': [1, 0, 0, 0, 1, 0, 0, 0, 1]}
OBLIQUE = {'spacing': [0.9, 1.1, 2.3], 'origin': [-31.5, 12.25, 107],
           'direction': [0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1]}


def on_grid(values, grid):
    volume = sitk.GetImageFromArray(values)
    volume.SetSpacing([float(v) for v in grid['spacing']])
    volume.SetOrigin([float(v) for v in grid['origin']])
    volume.SetDirection([float(v) for v in grid['direction']])
    return volume


def indices(grid):
    z, y, x = numpy.indices(grid['size'][::-1])
    return x, y, z


def formula_image(grid, kind, modulus, offset):
    x, y, z = indices(grid)
    values = (3 * x * x + 7 * y + 5 * z * z + x * y + (13 * x + 29 * y + 47 * z) % 31 * 4) % modulus + offset
    if kind.startswith('float'):
        values = values.astype(kind) * numpy.dtype(kind).type(0.25)
    return on_grid(values.astype(kind), grid)


def formula_mask(grid, centre, weights, radius, label, kind):
    x, y, z = indices(grid)
    inside = sum(w * (v - c) ** 2 for v, c, w in zip((x, y, z), centre, weights)) <= radius
    return on_grid(numpy.where(inside, label, 0).astype(kind), grid)


def synthetic():
    """Types of voxels, oblique and differing grids, regions that degenerate."""
    runs, name_sets = [], []
    usual = {'image': {**GRID, 'kind': 'int16', 'modulus': 211, 'offset': -40},
             'mask': {**GRID, 'centre': [11, 9, 6], 'weights': [2, 3, 6], 'radius': 120, 'label': 1, 'kind': 'uint8'}}

    def run(name, setting, feature_class=SOME, fails=None, grid=None, mask_grid=None, kind='int16', modulus=211, offset=-40,
            centre=(11, 9, 6), weights=(2, 3, 6), radius=120, label=1, mask_kind='uint8'):
        grid = {**GRID, **(grid or {})}
        mask_grid = {**grid, **(mask_grid or {})}
        made = {'image': {**grid, 'kind': kind, 'modulus': modulus, 'offset': offset},
                'mask': {**mask_grid, 'centre': list(centre), 'weights': list(weights), 'radius': radius, 'label': label, 'kind': mask_kind}}
        made = {what: {k: v for k, v in made[what].items() if usual[what].get(k) != v} for what in made}
        parameters = {'imageType': {'Original': {}}, 'setting': {'binWidth': 10, **setting}, 'featureClass': feature_class}
        found = execute(formula_image(grid, kind, modulus, offset), formula_mask(mask_grid, centre, weights, radius, label, mask_kind),
                        parameters, label=label)
        entry = {'name': name, 'setting': parameters['setting'], **made}
        if feature_class != SOME:
            entry['featureClass'] = feature_class
        settle(entry, found, fails, name_sets)
        runs.append(entry)

    finer = {'resampledPixelSpacing': [0.8, 0.7, 1.3]}
    # Interpolation overshoots: what leaves the type's range is clamped, what has a fraction is truncated toward zero.
    for kind, modulus, offset in (('uint8', 256, 0), ('int8', 256, -128), ('uint16', 211, 0), ('int16', 211, -105), ('int32', 211, -105),
                                  ('uint32', 211, 0), ('float32', 211, -105), ('float64', 211, -105)):
        for interpolator in ('sitkBSpline', 'sitkLinear', 'sitkLanczosWindowedSinc'):
            run('%s, %s' % (kind, interpolator), {**finer, 'interpolator': interpolator}, kind=kind, modulus=modulus, offset=offset)
        run('%s as it is' % kind, {}, kind=kind, modulus=modulus, offset=offset)
        run('%s normalised' % kind, {'normalize': True, 'normalizeScale': 100, 'removeOutliers': 1}, kind=kind, modulus=modulus, offset=offset)
    run('oblique', {}, grid=OBLIQUE)
    # No point of this grid lies half-way between two voxels: there the rounding of an oblique matrix decides.
    run('oblique, resampled', {'resampledPixelSpacing': [1.31, 1.23, 1.71]}, grid=OBLIQUE)
    run('oblique, weighted', {'weightingNorm': 'euclidean'}, {'glcm': None, 'glrlm': None}, grid=OBLIQUE)
    flipped = {'direction': [-1, 0, 0, 0, -1, 0, 0, 0, 1], 'origin': [50, 60, -7]}
    run('flipped axes, resampled', finer, grid=flipped)
    turned = {'direction': [0, 0, 1, 1, 0, 0, 0, 1, 0], 'spacing': [0.9, 1.1, 2.3]}
    run('axes exchanged, resampled', {'resampledPixelSpacing': [1.3, 1.2, 1.7]}, grid=turned)
    # A mask on a grid of its own.
    coarse = {'size': [12, 10, 7], 'spacing': [2, 2, 2], 'origin': [0.5, 0.5, 0.5]}
    moved = {'origin': [1, 2, 1], 'size': [20, 16, 12]}
    for name, mask_grid, region in (('coarser mask', coarse, {'centre': (5, 4, 3), 'radius': 30}), ('moved mask', moved, {'centre': (9, 7, 5), 'radius': 100})):
        run(name + ', corrected', {'correctMask': True}, mask_grid=mask_grid, **region)
        run(name + ', not corrected', {}, mask_grid=mask_grid, fails='geometry_mismatch', **region)
    run('coarser mask, resampled', {'resampledPixelSpacing': [1.5, 1.5, 1.5], 'correctMask': True}, mask_grid=coarse, centre=(5, 4, 3), radius=30)
    run('a mask that leaves the image', {'correctMask': True}, mask_grid={'origin': [12, 0, 0]}, fails='region_outside_image')
    run('a mask that leaves the image, resampled', {**finer, 'correctMask': True}, mask_grid={'origin': [12, 0, 0]}, fails='region_outside_image')
    almost = {'origin': [5e-7, 0, 0]}
    run('origin within the tolerance', {}, mask_grid=almost)
    run('origin beyond the tolerance', {}, mask_grid={'origin': [3e-6, 0, 0]}, fails='geometry_mismatch')
    run('tolerance of its own', {'geometryTolerance': 1e-2}, mask_grid={'origin': [5e-3, 0, 0]})
    # The tolerance is a global of ITK: give it back.
    sitk.ProcessObject.SetGlobalDefaultCoordinateTolerance(1e-6)
    sitk.ProcessObject.SetGlobalDefaultDirectionTolerance(1e-6)
    # Labels of every size.
    for label, mask_kind in ((255, 'uint8'), (1000, 'uint16'), (70000, 'uint32'), (7, 'int16')):
        run('label %d in %s' % (label, mask_kind), {}, label=label, mask_kind=mask_kind)
    # Regions at the border, and resampled there.
    for name, centre in (('at the lower corner', (0, 0, 0)), ('at the upper corner', (23, 19, 13))):
        run('region ' + name, {}, centre=centre)
        run('region ' + name + ', resampled', finer, centre=centre)
        run('region ' + name + ', resampled without padding', {**finer, 'padDistance': 0}, centre=centre)
        run('region ' + name + ', coarser', {'resampledPixelSpacing': [2.6, 2.2, 3.1]}, centre=centre)
    # Flat intensities.
    for setting in ({}, {'binCount': 8}, {'binCount': 7}):
        run('one intensity, %s' % setting, setting, {f: None for f in FAMILIES}, modulus=1, offset=30)
    run('one intensity below a bin edge', {'binWidth': 7}, {f: None for f in FAMILIES}, modulus=1, offset=-1)
    # Bins.
    for count in (2, 3, 10, 31, 100):
        run('%d bins' % count, {'binCount': count}, {f: None for f in ('firstorder', 'glcm', 'glszm')})
    for width in (1, 3, 0.5, 0.1, 12.7, 1000):
        run('bins of %s' % width, {'binWidth': width}, {f: None for f in ('firstorder', 'glszm')})
        run('bins of %s, floating point' % width, {'binWidth': width}, {f: None for f in ('firstorder', 'glszm')}, kind='float64')
    # Re-segmentation down to nothing, one voxel, a line.
    run('range of one value', {'resegmentRange': [12, 12]})
    run('range above everything', {'resegmentRange': [5000]}, fails='resegmentation_empty')
    run('relative to a negative maximum', {'resegmentRange': [1.5], 'resegmentMode': 'relative'}, offset=-400)
    run('both sides relative to a negative maximum', {'resegmentRange': [1, 1.5], 'resegmentMode': 'relative'}, offset=-400,
        fails='resegmentation_empty')
    run('range the wrong way round', {'resegmentRange': [80, 10]})
    # Regions that degenerate when resampled.
    run('a thin region, coarser', {'resampledPixelSpacing': [3, 3, 3]}, weights=(1, 1, 200), radius=30)
    run('one slice is not resampled across', {'resampledPixelSpacing': [2, 2, 5]}, weights=(1, 1, 200), radius=30)
    run('a line', {'minimumROIDimensions': 1}, weights=(1, 300, 300), radius=30)
    run('a line where two dimensions are asked', {}, weights=(1, 300, 300), radius=30, fails='region_too_small')
    run('one voxel', {'minimumROIDimensions': 1}, weights=(300, 300, 300), radius=30, fails='region_too_small')
    return {'featureClass': SOME, 'usual': usual, 'names': name_sets, 'runs': runs}


FEW = {'shape': ['VoxelVolume'], 'firstorder': ['Energy', 'Entropy', 'Maximum', 'Mean', 'Minimum', '90Percentile', 'Kurtosis'],
       'glcm': ['Contrast'], 'glszm': ['ZonePercentage'], 'ngtdm': ['Coarseness']}


def filters():
    """Image types beside Original: their settings, and everything that decides what a filter sees of the image."""
    runs, name_sets = [], []
    usual = {'image': {**GRID, 'kind': 'int16', 'modulus': 211, 'offset': -40},
             'mask': {**GRID, 'centre': [11, 9, 6], 'weights': [2, 3, 6], 'radius': 40, 'label': 1, 'kind': 'uint8'}}

    def run(name, image_types, setting=None, grid=None, centre=(11, 9, 6), radius=40, weights=(2, 3, 6), **image):
        grid = {**GRID, **(grid or {})}
        image = {'kind': 'int16', 'modulus': 211, 'offset': -40, **image}
        made = {'image': {**grid, **image},
                'mask': {**grid, 'centre': list(centre), 'weights': list(weights), 'radius': radius, 'label': 1, 'kind': 'uint8'}}
        made = {what: {k: v for k, v in made[what].items() if usual[what].get(k) != v} for what in made}
        parameters = {'imageType': image_types, 'setting': {'binWidth': 10, **(setting or {})}, 'featureClass': FEW}
        found = execute(formula_image(grid, **image), formula_mask(grid, centre, weights, radius, 1, 'uint8'), parameters)
        if isinstance(found, str):
            raise SystemExit('%s: %s' % (name, found))
        if list(found) not in name_sets:
            name_sets.append(list(found))
        runs.append({'name': name, 'imageType': image_types, 'setting': parameters['setting'], **made,
                     'names': name_sets.index(list(found)), 'values': list(found.values())})

    def everywhere(name, image_types, setting=None):
        """What decides how much of the image a filter sees, and in which type."""
        setting = setting or {}
        run(name, image_types, setting)
        for kind, modulus, offset in (('uint8', 256, 0), ('int32', 211, -105), ('float32', 211, -105), ('float64', 211, -105)):
            run('%s of %s' % (name, kind), image_types, setting, kind=kind, modulus=modulus, offset=offset)
        run(name + ', odd sizes', image_types, setting, grid={'size': [23, 19, 13]})
        run(name + ', mixed sizes', image_types, setting, grid={'size': [23, 20, 13]})
        run(name + ', at the lower corner', image_types, setting, centre=(0, 0, 0))
        run(name + ', at the upper corner', image_types, setting, centre=(23, 19, 13))
        run(name + ', at the upper corner of odd sizes', image_types, setting, centre=(22, 18, 12), grid={'size': [23, 19, 13]})
        run(name + ', all of the image but a corner', image_types, setting, centre=(23, 19, 13), radius=2600)
        run(name + ', preCrop', image_types, {**setting, 'preCrop': True})
        run(name + ', preCrop with little padding', image_types, {**setting, 'preCrop': True, 'padDistance': 1})
        run(name + ', preCrop without padding', image_types, {**setting, 'preCrop': True, 'padDistance': 0}, centre=(2, 9, 6))
        finer = {'resampledPixelSpacing': [0.8, 0.7, 1.3]}
        run(name + ', resampled', image_types, {**setting, **finer})
        run(name + ', resampled with little padding', image_types, {**setting, **finer, 'padDistance': 2}, kind='float32')
        run(name + ', resampled to the same spacing', image_types, {**setting, 'resampledPixelSpacing': [0, 0, 0], 'padDistance': 3})
        run(name + ', spacing without an interpolator', image_types, {**setting, 'resampledPixelSpacing': [2, 2, 2], 'interpolator': None})
        run(name + ', normalised', image_types, {**setting, 'normalize': True, 'normalizeScale': 100, 'removeOutliers': 1.5})
        run(name + ', normalised and preCrop', image_types, {**setting, 'normalize': True, 'normalizeScale': 100, 'preCrop': True})
        run(name + ', normalised and resampled', image_types, {**setting, **finer, 'normalize': True, 'normalizeScale': 100}, kind='float32')
        run(name + ', normalised at a corner', image_types, {**setting, 'normalize': True, 'normalizeScale': 100}, centre=(0, 19, 6))
        run(name + ', re-segmented', image_types, {**setting, 'resegmentRange': [0, 120]})
        run(name + ', re-segmented, resampled, shape too', image_types, {**setting, **finer, 'resegmentRange': [0, 120], 'resegmentShape': True})
        for dimension in (0, 1, 2):
            run('%s, slices of dimension %d' % (name, dimension), image_types, {**setting, 'force2D': True, 'force2Ddimension': dimension})
        run(name + ', one slice', image_types, setting, grid={'size': [24, 20, 1]}, centre=(11, 9, 0))
        run(name + ', oblique', image_types, setting, grid=OBLIQUE)

    def others():
        """The other image types: what each sees of the image, and its own settings."""
        # Exponential leaves the largest value what it is but for rounding, which differs between processors: no bin may end there.
        small = {'Square': {}, 'SquareRoot': {}, 'Logarithm': {}, 'Exponential': {'binWidth': 9.7}, 'Gradient': {}}
        log = {'LoG': {'sigma': [1.0, 2.5]}}
        lbp = {'LBP2D': {'binWidth': 1}, 'LBP3D': {'binWidth': 0.25}}
        finer = {'resampledPixelSpacing': [0.8, 0.7, 1.3]}
        for name, image_types in (('small ones', small), ('LoG', log), ('LBP', lbp)):
            for kind, modulus, offset in (('uint8', 256, 0), ('int16', 211, -40), ('int32', 211, -105), ('float32', 211, -105), ('float64', 211, -105)):
                run('%s of %s' % (name, kind), image_types, kind=kind, modulus=modulus, offset=offset)
            run(name + ', odd sizes', image_types, grid={'size': [23, 19, 13]})
            run(name + ', at the lower corner', image_types, centre=(0, 0, 0))
            run(name + ', at the upper corner', image_types, centre=(23, 19, 13))
            run(name + ', preCrop with little padding', image_types, {'preCrop': True, 'padDistance': 1})
            run(name + ', resampled', image_types, finer)
            run(name + ', normalised', image_types, {'normalize': True, 'normalizeScale': 100})
            run(name + ', re-segmented', image_types, {'resegmentRange': [0, 120]})
            for dimension in (0, 1, 2):
                run('%s, slices of dimension %d' % (name, dimension), image_types, {'force2D': True, 'force2Ddimension': dimension})
            run(name + ', oblique', image_types, grid=OBLIQUE)
        for name, image_types in (('small ones', small), ('LBP', lbp)):
            run(name + ', one slice', image_types, {'force2D': True}, grid={'size': [24, 20, 1]}, centre=(11, 9, 0))
        run('LoG, widths below and far above the spacing', {'LoG': {'sigma': [0.3, 1, 7.5]}})
        run('LoG, four voxels along an axis', {'LoG': {'sigma': [1.5]}}, grid={'size': [24, 20, 4]}, centre=(11, 9, 2))
        run('Gradient per voxel', {'Gradient': {'gradientUseSpacing': False}})
        for method in ('default', 'ror', 'uniform', 'var'):
            for samples, radius in ((5, 1.0), (8, 2.0), (12, 1.5)):
                run('LBP2D %s %d %s' % (method, samples, radius),
                    {'LBP2D': {'lbp2DMethod': method, 'lbp2DSamples': samples, 'lbp2DRadius': radius}}, kind='float32')
        run('LBP2D default of int16', {'LBP2D': {'lbp2DMethod': 'default'}})
        run('LBP3D, four levels', {'LBP3D': {'lbp3DLevels': 4, 'binWidth': 0.5}})
        run('LBP3D, no subdivision, larger', {'LBP3D': {'lbp3DIcosphereSubdivision': 0, 'lbp3DIcosphereRadius': 2.5, 'binWidth': 0.5}})
        run('LBP3D, two subdivisions', {'LBP3D': {'lbp3DIcosphereSubdivision': 2, 'lbp3DIcosphereRadius': 1.5, 'binWidth': 0.5}}, kind='float32')

    everywhere('Wavelet', {'Original': {}, 'Wavelet': {}})
    for wavelet in ('haar', 'db3', 'db10', 'sym4', 'coif3', 'bior3.5', 'rbio2.6', 'dmey'):
        run('Wavelet ' + wavelet, {'Wavelet': {'wavelet': wavelet}})
        run('Wavelet %s of float32' % wavelet, {'Wavelet': {'wavelet': wavelet}}, kind='float32')
    run('Wavelet, two levels', {'Wavelet': {'level': 2}})
    run('Wavelet, two levels of float32 and odd sizes', {'Wavelet': {'level': 2, 'wavelet': 'db2'}}, kind='float32', grid={'size': [23, 19, 13]})
    run('Wavelet, three levels from the second on', {'Wavelet': {'level': 3, 'start_level': 1}}, {'wavelet': 'haar'})
    run('Wavelet, the third level of slices', {'Wavelet': {'start_level': 2}}, {'force2D': True})
    run('Wavelet, bins and neighbours of its own', {'Wavelet': {'binWidth': 3, 'distances': [1, 2], 'voxelArrayShift': 50}, 'Original': {'binCount': 8}})
    run('Wavelet in slices, Original not', {'Original': {}, 'Wavelet': {'force2D': True, 'force2Ddimension': 1}})
    others()
    return {'featureClass': FEW, 'usual': usual, 'names': name_sets, 'runs': runs}


def real_matrices(data):
    result = {}
    variants = {'default': {}, 'distances 1 2': {'distances': [1, 2]}, 'slices': {'force2D': True}, 'alpha 1': {'gldm_a': 1}}
    for case in ('brain1', 'breast1'):
        image, mask = [sitk.ReadImage(os.path.join(data, 'pyradiomics', '%s_%s.nrrd' % (case, w))) for w in ('image', 'label')]
        box, _ = imageoperations.checkMask(image, mask)
        image, mask = imageoperations.cropToTumorMask(image, mask, box)
        region = sitk.GetArrayFromImage(mask) == 1
        levels, _ = imageoperations.binImage(sitk.GetArrayFromImage(image), region, binWidth=25)
        result[case] = {name: {'settings': s, **matrices(levels, region, s)} for name, s in variants.items()}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('data')
    parser.add_argument('out')
    parser.add_argument('file', nargs='*')
    options = parser.parse_args()
    if not radiomics.__version__.lstrip('v').startswith('3.0.1'):
        sys.exit('PyRadiomics 3.0.1 is needed, not ' + radiomics.__version__)
    radiomics.logger.setLevel(logging.CRITICAL)
    warnings.simplefilter('ignore')
    versions = {'pyradiomics': '3.0.1', 'numpy': numpy.__version__, 'SimpleITK': sitk.Version.VersionString()}
    makers = {'small': small, 'synthetic': synthetic, 'filters': filters, 'matrices': lambda: real_matrices(options.data), 'extras': lambda: extras(options.data)}
    for name, make in makers.items():
        if options.file and name not in options.file:
            continue
        text = json.dumps({'versions': versions, **make()}, separators=(',', ':'))
        # One line a case keeps differences readable.
        text = text.replace('{"name"', '\n{"name"')
        with open(os.path.join(options.out, name + '.json'), 'w') as file:
            file.write(text + '\n')
        print(name, len(text), 'bytes')


if __name__ == '__main__':
    main()
