#!/usr/bin/env python3
"""Times `radloom map` beside PyRadiomics 3.0.1's voxel-based extraction, on one thread each, and prints ratios.

  maps.py --radloom PROGRAM [--voxels N] [--levels N...] [--radius N] [--runs N] [--families NAME...]

The interpreter needs PyRadiomics 3.0.1 (compare.sh makes such an environment with -v VENV). The volume is a ball of N voxels, half waves and half
noise, in so many gray levels; neighbourhoods reach beyond it (maskedKernel false), so that none lacks a direction: PyRadiomics makes no map of MCC
otherwise. First the maps of a small ball are compared, voxel by voxel, in every family named; where they differ nothing is timed. Both read the
volumes, make the maps and write them as compressed NRRD; of radloom the whole process is timed, of PyRadiomics that and no imports. Both wall time
and processor time are given: on a busy machine only the second means much.
"""
import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time

FAMILIES = ['glcm', 'firstorder', 'glrlm', 'glszm', 'gldm', 'ngtdm']
for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS'):
    os.environ[name] = '1'


def make(folder, voxels, levels, margin):
    import numpy
    import SimpleITK as sitk
    radius = (3 * voxels / (4 * math.pi)) ** (1 / 3)
    side = 2 * math.ceil(radius) + 1 + 2 * margin
    z, y, x = numpy.indices((side,) * 3)
    wave = 0.5 + 0.25 * (numpy.sin(0.5 * x) + numpy.cos(0.4 * y + 0.3 * z))
    image = levels * (0.5 * wave + 0.5 * numpy.random.default_rng(1).random((side,) * 3))
    mask = (x - side // 2) ** 2 + (y - side // 2) ** 2 + (z - side // 2) ** 2 <= radius ** 2
    for name, array in (('image', image.astype('float32')), ('mask', mask.astype('uint8'))):
        volume = sitk.GetImageFromArray(array)
        volume.SetSpacing((0.8, 0.8, 1.5))
        sitk.WriteImage(volume, os.path.join(folder, name + '.nrrd'))
    return int(mask.sum())


def theirs(folder, family, radius):
    """In a process of its own: PyRadiomics' maps, written as its own program writes them. Prints seconds."""
    import logging
    import SimpleITK as sitk
    from radiomics import featureextractor
    logging.getLogger('radiomics').setLevel(logging.CRITICAL)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    wall, cpu = time.perf_counter(), time.process_time()
    image, mask = (sitk.ReadImage(os.path.join(folder, n + '.nrrd')) for n in ('image', 'mask'))
    extractor = featureextractor.RadiomicsFeatureExtractor(
        binWidth=1, kernelRadius=radius, maskedKernel=False, voxelBatch=1000, additionalInfo=False)
    extractor.disableAllFeatures()
    extractor.enableFeatureClassByName(family)
    maps = extractor.execute(image, mask, voxelBased=True)
    for name, volume in maps.items():
        sitk.WriteImage(volume, os.path.join(folder, 'theirs_%s.nrrd' % name), True)
    print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))


def run_theirs(folder, family, radius):
    command = [sys.executable, os.path.abspath(__file__), '--child', folder, family, str(radius)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def run_ours(program, folder, families, radius):
    command = [program, 'map', os.path.join(folder, 'image.nrrd'), os.path.join(folder, 'mask.nrrd'), '--convention', 'pyradiomics',
               '--set', 'bin_width=1', '--set', 'masked_kernel=false', '--set', 'kernel_radius=%d' % radius,
               '--set', 'families=[%s]' % ', '.join(families), '-j', '1', '-o', os.path.join(folder, 'ours'), '--quiet']
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True)
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(folder, program, families, radius):
    """Every map that PyRadiomics makes, voxel by voxel, to 1e-6; MCC and Imc2 are roots of rounding errors below 1e-7."""
    import numpy
    import SimpleITK as sitk
    run_ours(program, folder, families, radius)
    for family in families:
        run_theirs(folder, family, radius)
    compared = 0
    for name in sorted(os.listdir(folder)):
        if not name.startswith('theirs_'):
            continue
        a = sitk.ReadImage(os.path.join(folder, name))
        b = sitk.ReadImage(os.path.join(folder, 'ours', 'image_' + name[len('theirs_'):]))
        assert a.GetSize() == b.GetSize() and numpy.allclose(a.GetOrigin(), b.GetOrigin()), name
        a, b = sitk.GetArrayFromImage(a), sitk.GetArrayFromImage(b)
        floor = 1e-7 if 'MCC' in name or 'Imc2' in name else 1e-10
        wrong = ~((numpy.abs(a - b) <= 1e-6 * numpy.abs(a) + floor) | (numpy.isnan(a) & numpy.isnan(b)))
        if wrong.any():
            sys.exit('%s: %d voxels differ, such as %r, radloom %r; nothing is timed' % (
                name[7:], wrong.sum(), a[wrong][0], b[wrong][0]))
        compared += 1
    print('%d maps agree, voxel by voxel' % compared)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--radloom', required=True)
    parser.add_argument('--voxels', type=int, default=50000)
    parser.add_argument('--levels', type=int, nargs='+', default=[32])
    parser.add_argument('--radius', type=int, default=1)
    parser.add_argument('--runs', type=int, default=3, help='of radloom; the median counts. PyRadiomics runs once')
    parser.add_argument('--families', nargs='+', default=FAMILIES, choices=FAMILIES)
    options = parser.parse_args()
    for levels in options.levels:
        with tempfile.TemporaryDirectory() as folder:
            make(folder, 400, levels, options.radius)
            compare(folder, options.radloom, options.families, options.radius)
        with tempfile.TemporaryDirectory() as folder:
            voxels = make(folder, options.voxels, levels, options.radius)
            print('%d voxels, %d levels, radius %d' % (voxels, levels, options.radius))
            print('%-12s %14s %14s %10s %14s %14s %10s' % (
                'family', 'radloom, s', 'PyRadiomics, s', 'ratio', 'radloom, cpu s', 'theirs, cpu s', 'ratio'), flush=True)
            total = [0, 0]
            for family in options.families:
                ours = sorted(run_ours(options.radloom, folder, [family], options.radius) for _ in range(options.runs))
                wall, cpu = ours[len(ours) // 2]
                their_wall, their_cpu = run_theirs(folder, family, options.radius)
                total = [total[0] + their_wall, total[1] + their_cpu]
                print('%-12s %14.3g %14.4g %10.0f %14.3g %14.4g %10.0f' % (
                    family, wall, their_wall, their_wall / wall, cpu, their_cpu, their_cpu / cpu), flush=True)
            ours = sorted(run_ours(options.radloom, folder, options.families, options.radius) for _ in range(options.runs))
            wall, cpu = ours[len(ours) // 2]
            print('%-12s %14.3g %14.4g %10.0f %14.3g %14.4g %10.0f' % (
                'together', wall, total[0], total[0] / wall, cpu, total[1], total[1] / cpu), flush=True)


if __name__ == '__main__':
    if sys.argv[1:2] == ['--child']:
        theirs(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
