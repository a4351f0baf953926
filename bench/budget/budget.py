"""How far families and filters are from the least work that they could take: budget.py BIN OUT. See budget.sh."""
import json
import math
import os
import re
import subprocess
import sys

VOXELS = 500000  # of the region; 64 gray levels
SIDE = 256  # of the volume that is filtered, of floats
RUNS = 5
# What has to be done for each voxel of the region (v), of its box (b) and of the image (i): how often, and of which limit. A byte that is copied is
# read and written.
FAMILIES = {
    'firstorder': ('read image and mask of the box, count a voxel by its intensity and by its gray level', {'read': '3 b', 'increment': '2 v'}),
    'shape': ('read the mask of the box, look a number up for every cube', {'read': '1 b', 'look_up': '1 b'}),
    'glcm': ('read image and mask of the box, count a pair in 13 directions', {'read': '3 b', 'increment': '13 v'}),
    'glrlm': ('read the same, compare in 13 directions, count a run (of noise nearly each voxel is one)', {'read': '3 b', 'compare': '13 v', 'increment': '13 v'}),
    'glszm': ('read the same, compare in 13 directions, count a voxel', {'read': '3 b', 'compare': '13 v', 'increment': '1 v'}),
    # Both are made in one look around.
    'gldm': ('read the same, compare with 26 neighbours and add them up (as fast), count a voxel for GLDM and for NGTDM',
             {'read': '3 b', 'compare': '52 v', 'increment': '2 v'}),
    'ngtdm': ('the same', {'read': '3 b', 'compare': '52 v', 'increment': '2 v'}),
}
def transform(samples, axes):
    """Products of a Fourier transform of complex numbers: 5 n log2 n operations, half of them products that are added."""
    return 2.5 * samples * sum(map(math.log2, axes))


PADDED = 320  # a side of slices that Gabor filters of the bench's width are applied to, beyond which the filter is left out
SLICE = transform((PADDED / SIDE) ** 2, (PADDED, PADDED)) / 2  # for each voxel: a slice is real
BACK = transform((PADDED / SIDE) ** 2, (PADDED,)) * (1 + SIDE / PADDED)  # the rows that are asked for alone
FILTERS = {
    'wavelet': ('one read and eight writes of the volume; six weights for two sub-bands of the volume, of those and of theirs, two floats for a double',
                {'copy': '18 i', 'multiply': '42 i'}),
    'log/recursive': ("read and write the volume; nine recursions, four samples and four responses each, both ways, in ITK's order", {'copy': '4 i', 'multiply': '144 i'}),
    'log/sampled': ('read floats, write doubles; 25 weights in eight passes', {'copy': '6 i', 'multiply': '200 i'}),
    'mean': ('read floats, write doubles; a sum that moves on along each axis', {'copy': '6 i', 'multiply': '6 i'}),
    'square': ('read floats, write doubles', {'copy': '6 i'}),
    'gradient': ('read and write the volume; six products make differences, three their squares', {'copy': '4 i', 'multiply': '9 i'}),
    'laws/invariant': ('read floats, write doubles; five weights in eight passes, then a sum that moves on along each axis', {'copy': '6 i', 'multiply': '46 i'}),
    'gabor': ('read floats, write doubles; transform padded slices, and back for four filters', {'copy': '6 i', 'multiply': '%.0f i' % (SLICE + 4 * BACK)}),
    'simoncelli': ('read floats, write doubles; transform the volume, and back, both real', {'copy': '6 i', 'multiply': '%.0f i' % transform(1, 3 * (SIDE,))}),
}


def measure(patterns):
    """The fastest run of each benchmark, by program: {name: its report}. Programs take turns: what a machine that is shared can do changes by the minute."""
    best = {program: {} for program in patterns}
    cpu = min(os.sched_getaffinity(0))
    env = dict(os.environ, MALLOC_MMAP_THRESHOLD_=str(32 << 20), MALLOC_TRIM_THRESHOLD_=str(32 << 20))  # as radloom sets them for itself
    for _ in range(RUNS):
        for program, pattern in patterns.items():
            out = subprocess.run([program, '--benchmark_filter=' + pattern, '--benchmark_format=json'], check=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, env=env, preexec_fn=lambda: os.sched_setaffinity(0, {cpu})).stdout
            for run in json.loads(out)['benchmarks']:
                if run.get('error_occurred'):
                    sys.exit('%s: %s' % (run['name'], run['error_message']))
                if run['name'] not in best[program] or run['cpu_time'] < best[program][run['name']]['cpu_time']:
                    best[program][run['name']] = run
    return best.values()


def milliseconds(run):
    return run['cpu_time'] * {'ns': 1e-6, 'us': 1e-3, 'ms': 1, 's': 1e3}[run['time_unit']]


def main():
    programs, out = sys.argv[1:]
    names = '|'.join(map(re.escape, FILTERS))
    at_best, families, filters = measure({
        os.path.join(programs, 'radloom_budget_bench'): '.',
        os.path.join(programs, 'radloom_families_bench'): 'family/.*/noisy/cpu/voxels:%d/levels:64' % VOXELS,
        os.path.join(programs, 'radloom_filters_bench'): '^filter/(%s)/size:%d/threads:1/' % (names, SIDE)})
    limits = {name.split('/')[1]: run['per_second'] for name, run in at_best.items()}

    def least(work, sizes):
        """Milliseconds, if everything went as fast as the machine can and nothing else had to be done."""
        return sum(1e3 * int(count) * sizes[unit] / limits[limit] for limit, (count, unit) in ((k, v.split()) for k, v in work.items()))

    lines = ['Written by `bench/budget/budget.sh`: one thread, the fastest of %d runs each.\n' % RUNS,
             '| limit of this machine | a second |', '|---|--:|']
    what = {'read': 'bytes read from memory', 'copy': 'bytes copied', 'increment': 'counters increased', 'compare': 'gray levels of a byte compared',
            'look_up': 'numbers looked up and added', 'multiply': 'doubles multiplied and added', 'inflate': 'bytes out of isa-l'}
    lines += ['| %s | %.3g G |' % (what[name], limits[name] / 1e9) for name in what]
    lines += ['', 'A region of %s voxels (a ball), noise in 64 gray levels, int16; features and gray levels included:\n' % format(VOXELS, ','),
              '| family | the least that has to be done | least, ms | takes, ms | ratio |', '|---|---|--:|--:|--:|']
    for name, run in families.items():
        family = name.split('/')[1]
        text, work = FAMILIES[family]
        box = run['bytes'] * milliseconds(run) / 1e3 / 3
        ms = least(work, {'v': VOXELS, 'b': box})
        lines.append('| %s | %s | %.2f | %.1f | %.1f |' % (family, text, ms, milliseconds(run), milliseconds(run) / ms))
    lines += ['', 'A volume of %d x %d x %d floats:\n' % (SIDE, SIDE, SIDE), '| filter | the least that has to be done | least, ms | takes, ms | ratio |',
              '|---|---|--:|--:|--:|']
    for name, run in filters.items():
        filter_name = re.match('filter/(.*)/size', name)[1]
        text, work = FILTERS[filter_name]
        ms = least(work, {'i': SIDE ** 3})
        lines.append('| %s | %s | %.1f | %.0f | %.1f |' % (filter_name, text, ms, milliseconds(run), milliseconds(run) / ms))
    with open(out, 'w') as file:
        file.write('\n'.join(lines) + '\n')


if __name__ == '__main__':
    main()
