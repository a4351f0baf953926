"""Times radloom and PyRadiomics on the same cases, once it is sure that both give the same values. See compare.sh."""
import argparse
import json
import os
import statistics
import sys
import tempfile

from process import run

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = ['brain1', 'breast1', 'brain2', 'lung1', 'lung2']


def features_of(record):
    region = json.loads(record)['regions'][0]
    return {k: v for k, v in region['features'].items() if not k.startswith('diagnostics_')}


def worst_difference(name, ours, theirs):
    """The largest relative difference; ends the program where the answer is wrong."""
    if set(ours) != set(theirs):
        sys.exit('%s: not the same features: %s' % (name, sorted(set(ours) ^ set(theirs))[:5]))
    worst, which = 0.0, '-'
    for feature, value in theirs.items():
        mine = ours[feature]
        difference = abs(mine - value) / max(abs(mine), abs(value)) if mine != value else 0.0
        if not difference <= 1e-6:
            sys.exit('%s: %s is %r here and %r in PyRadiomics: a wrong answer is not timed' % (name, feature, mine, value))
        if difference > worst:
            worst, which = difference, feature
    print('%s: %d features agree, worst %.1e (%s)' % (name, len(theirs), worst, which), file=sys.stderr)
    return worst


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--data', required=True, help='the folder that holds pyradiomics/')
    parser.add_argument('--radloom', required=True, help='the program')
    parser.add_argument('--case-bench', help='the benchmark of whole cases; without it nothing is timed in memory')
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--in-memory-runs', type=int, default=3, help='PyRadiomics takes most of a minute each')
    parser.add_argument('--cases', nargs='*', default=CASES)
    parser.add_argument('--full', action='store_true',
                        help='instead: original, 8 wavelet and 3 LoG images, every family, both in memory on one processor')
    options = parser.parse_args()
    folder = os.path.join(options.data, 'pyradiomics')
    parameters = os.path.join(folder, 'params', '02_wavelet_log.yaml' if options.full else '01_original.yaml')
    all_cpus = len(os.sched_getaffinity(0))
    rows = []
    if options.full and not options.case_bench:
        sys.exit('--full needs --case-bench')

    def commands(image, mask, threads):
        return {'radloom': [options.radloom, 'extract', image, mask, '-c', parameters, '-j', str(threads or all_cpus), '-o', '-', '--quiet'],
                'PyRadiomics': [sys.executable, os.path.join(HERE, 'pyradiomics_case.py'), image, mask, parameters]}

    def check(name, image, mask):
        found = {peer: run(command, 0).output for peer, command in commands(image, mask, 0).items()}
        return worst_difference(name, features_of(found['radloom']), json.loads(found['PyRadiomics']))

    def in_memory(image, mask, threads, runs):
        """Median seconds, peak memory and the processor's seconds of both, one after the other, volumes read and configurations made beforehand."""
        theirs, ours, busy, peak = [], [], ([], []), [0, 0]
        os.environ.update(RADLOOM_BENCH_IMAGE=image, RADLOOM_BENCH_MASK=mask, RADLOOM_BENCH_PARAMETERS=parameters)
        for _ in range(runs):
            ran = run(commands(image, mask, threads)['PyRadiomics'] + ['--seconds'], threads)
            seconds, processor = map(float, ran.output.split())
            theirs.append(seconds)
            busy[0].append(processor)
            peak[0] = max(peak[0], ran.mib)
            ran = run([options.case_bench, '--benchmark_format=json',
                       '--benchmark_filter=from_files/in_memory/threads:%d/' % threads], threads)
            result = json.loads(ran.output)['benchmarks'][0]
            if result.get('error_occurred'):
                sys.exit('in memory: ' + result['error_message'])
            unit = {'s': 1, 'ms': 1e3, 'us': 1e6, 'ns': 1e9}[result['time_unit']]
            ours.append(result['real_time'] / unit)
            busy[1].append(result['cpu_time'] / unit)
            peak[1] = max(peak[1], ran.mib)
        if threads == 1:  # the measure that other users of the machine disturb least
            print('%s, one processor: %.3f s and %.4f s of its time, %.1f x' % (os.path.basename(image), *map(statistics.median, busy),
                  statistics.median(busy[0]) / statistics.median(busy[1])), file=sys.stderr)
        return statistics.median(theirs), statistics.median(ours), *peak

    for case in options.cases:
        image, mask = (os.path.join(folder, '%s_%s.nrrd' % (case, what)) for what in ('image', 'label'))
        worst = check(case, image, mask)
        if options.full:
            rows.append((case, 1, *in_memory(image, mask, 1, options.runs), worst))
            continue
        for threads in [1] + ([0] if all_cpus > 1 else []):
            seconds, peak = {}, {}
            for _ in range(options.runs):
                for peer, command in commands(image, mask, threads).items():  # one after the other, so that both see the same machine
                    ran = run(command, threads)
                    seconds.setdefault(peer, []).append(ran.seconds)
                    peak.setdefault(peer, []).append(ran.mib)
            rows.append((case, threads or all_cpus, statistics.median(seconds['PyRadiomics']), statistics.median(seconds['radloom']),
                         max(peak['PyRadiomics']), max(peak['radloom']), worst))

    if options.case_bench and not options.full:
        with tempfile.TemporaryDirectory() as scratch:
            print(run([sys.executable, os.path.join(HERE, 'make_volume.py'), scratch], 0).output.strip(), file=sys.stderr)
            image, mask = (os.path.join(scratch, 'large_%s.nrrd' % what) for what in ('image', 'label'))
            worst = check('in memory', image, mask)
            for threads in [1] + ([2] if all_cpus > 1 else []):
                rows.append(('2 million voxels of 512 x 512 x 300, in memory', threads,
                             *in_memory(image, mask, threads, options.in_memory_runs), worst))

    print('| case | threads | PyRadiomics 3.0.1, s | radloom, s | ratio | PyRadiomics, MiB | radloom, MiB | worst difference |')
    print('|---|--:|--:|--:|--:|--:|--:|--:|')
    for case, threads, theirs, ours, their_peak, our_peak, worst in rows:
        print('| %s | %d | %.3f | %.4f | %.1f x | %.0f | %.0f | %.0e |' % (case, threads, theirs, ours, theirs / ours, their_peak, our_peak, worst))


if __name__ == '__main__':
    main()
