"""Times ITK's LaplacianRecursiveGaussian and PyWavelets' swtn on volumes of floats: what bench/filters is compared with.

  filters.py [SIZE...]   256 by default. Needs SimpleITK, PyWavelets and numpy. Threads: those of the affinity (taskset -c 0 ...).
"""
import os
import statistics
import sys
import time

import numpy
import pywt
import SimpleITK as sitk


def median(job, runs=3):
    """Milliseconds, and those of the processor by all threads together."""
    job()
    times, busy = [], []
    for _ in range(runs):
        begin, b = time.perf_counter(), time.process_time()
        job()
        times.append((time.perf_counter() - begin) * 1e3)
        busy.append((time.process_time() - b) * 1e3)
    return statistics.median(times), statistics.median(busy)


threads = len(os.sched_getaffinity(0))
sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
for n in [int(a) for a in sys.argv[1:]] or [256]:
    z, y, x = numpy.indices((n, n, n), dtype=numpy.int32)
    values = ((x * 3 + y * 5 + z * 7) % 97 + numpy.random.default_rng(1).integers(0, 16, (n, n, n))).astype(numpy.float32)
    image = sitk.GetImageFromArray(values)
    log = sitk.LaplacianRecursiveGaussianImageFilter()
    log.SetNormalizeAcrossScale(True)
    log.SetSigma(3.0)
    print('LoG     %d^3, %d threads: %.0f ms, %.0f ms of the processors' % (n, threads, *median(lambda: log.Execute(image))))
    print('swtn    %d^3, one thread: %.0f ms, %.0f ms of the processor' % (n, *median(lambda: pywt.swtn(values, 'coif1', 1, axes=(0, 1, 2)), 2)))
