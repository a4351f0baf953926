"""Times radloom batch on a cohort beside what merely decompressing it takes, and beside PyRadiomics' own batch mode. See cohort.sh."""
import argparse
import concurrent.futures
import csv
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'peers'))
import compare  # noqa: E402
import process  # noqa: E402
from isal import isal_zlib  # noqa: E402

PARAMETERS = {
    'original': 'imageType:\n  Original: {}\nsetting:\n  binWidth: 25\n',
    'full': 'imageType:\n  Original: {}\n  Wavelet: {}\n  LoG: {sigma: [1.0, 3.0, 5.0]}\nsetting:\n  binWidth: 25\n',
}


def decompress(path):
    with open(path, 'rb') as file:
        return len(isal_zlib.decompress(file.read(), wbits=31))


def seconds_to_decompress(paths, pool):
    begin = time.perf_counter()
    size = sum(pool.map(decompress, paths, chunksize=4))
    return time.perf_counter() - begin, size


def check(options, folder, parameters, rows, columns):
    """The first cases' features are PyRadiomics', or nothing is timed."""
    for row in rows[:options.check]:
        image, mask = (os.path.join(folder, row[what]) for what in ('Image', 'Mask'))
        theirs = process.run([sys.executable, os.path.join(HERE, '..', 'peers', 'pyradiomics_case.py'), image, mask, parameters], 0)[0]
        ours = {name: float(columns[row['ID']][name]) for name in json.loads(theirs)}
        compare.worst_difference(row['ID'], ours, json.loads(theirs))


def batches_of_peers(options, rows, parameters, scratch, threads):
    """What runs each peer on the whole cohort, by its name."""
    absolute = os.path.join(scratch, 'absolute.csv')
    with open(absolute, 'w', newline='') as file:
        out = csv.writer(file)
        out.writerow(['ID', 'Image', 'Mask'])
        out.writerows([row['ID']] + [os.path.abspath(os.path.join(options.folder, row[w])) for w in ('Image', 'Mask')] for row in rows)
    batches = {'PyRadiomics 3.0.1, %d jobs' % threads: [
        os.path.join(os.path.dirname(sys.executable), 'pyradiomics'), absolute, '-p', parameters, '--jobs', str(threads),
        '-o', os.path.join(scratch, 'theirs.csv'), '-f', 'csv', '-v', '1']}
    if options.environments and not options.full:
        for name, folder, script in (('Nyxus 0.11.0', 'nyxus', 'batch_nyxus.py'), ('flash-radiomics 1.0.0', 'flash-radiomics', 'batch_flash.py')):
            batches[name] = [os.path.join(options.environments, folder, 'bin', 'python'), os.path.join(HERE, script), absolute]
    return batches


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('folder', help='what make.py wrote')
    parser.add_argument('--radloom', required=True)
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--check', type=int, default=3, help='cases whose values are compared first')
    parser.add_argument('--peer-runs', type=int, default=1)
    parser.add_argument('--environments', help='where bench/peers/peers.sh has installed the peers: Nyxus and flash-radiomics run as well')
    parser.add_argument('--full', action='store_true', help='original, 8 wavelet and 3 LoG images instead of the original alone')
    options = parser.parse_args()
    manifest = os.path.join(options.folder, 'manifest.csv')
    rows = list(csv.DictReader(open(manifest, newline='')))
    paths = [os.path.join(options.folder, row[what]) for row in rows for what in ('Image', 'Mask')]
    all_cpus = sorted(os.sched_getaffinity(0))
    counts = [1] + ([len(all_cpus)] if len(all_cpus) > 1 else [])
    found = {}  # (what, threads): [(seconds, processor's seconds, MiB)]
    stages = {}
    with tempfile.TemporaryDirectory() as scratch:
        parameters = os.path.join(scratch, 'parameters.yaml')
        with open(parameters, 'w') as file:
            file.write(PARAMETERS['full' if options.full else 'original'])

        def radloom(threads):
            with tempfile.TemporaryDirectory() as out:
                _, seconds, busy, peak = process.run([options.radloom, 'batch', manifest, '-c', parameters, '-o', out, '-j', str(threads), '--quiet'], threads)
                with open(os.path.join(out, 'features.csv'), newline='') as table:
                    columns = {row['case']: row for row in csv.DictReader(table)}
                with open(os.path.join(out, 'run.json')) as file:
                    run = json.load(file)
            return (seconds, busy, peak), run, columns

        check(options, options.folder, parameters, rows, radloom(counts[-1])[2])
        for _ in range(options.runs):
            for threads in counts:
                context = multiprocessing.get_context('forkserver')
                with concurrent.futures.ProcessPoolExecutor(threads, context) as pool:
                    list(pool.map(len, [''] * threads))  # so that starting Python is not measured
                    seconds, size = seconds_to_decompress(paths, pool)
                found.setdefault(('decompressing alone (isa-l)', threads), []).append((seconds, None, None))
                measured, run, _ = radloom(threads)
                found.setdefault(('radloom', threads), []).append(measured)
                stages[threads] = run
        for _ in range(options.peer_runs):
            for name, command in batches_of_peers(options, rows, parameters, scratch, counts[-1]).items():
                _, *measured = process.run(command, counts[-1])
                found.setdefault((name, counts[-1]), []).append(measured)

    voxels = stages[counts[-1]]['voxels']
    print('%d cases, %.1f MB, %.1f MB decompressed, %.2f M voxels in regions; medians of %d runs\n' %
          (len(rows), sum(map(os.path.getsize, paths)) / 1e6, size / 1e6, voxels / 1e6, options.runs))
    print('| | threads | s | of decompressing | cases/s | region voxels/s | processor, s | peak of a process, MiB |')
    print('|---|--:|--:|--:|--:|--:|--:|--:|')
    for (what, threads), runs in sorted(found.items(), key=lambda item: (item[0][1], item[0][0])):
        seconds, busy, peak = (statistics.median(v) if v[0] is not None else None for v in zip(*runs))
        floor = statistics.median(s for s, _, _ in found['decompressing alone (isa-l)', threads])
        print('| %s | %d | %.3f | %.2f | %.3g | %.3g M | %s | %s |' %
              (what, threads, seconds, seconds / floor, len(rows) / seconds, voxels / seconds / 1e6,
               '' if busy is None else '%.2f' % busy, '' if peak is None else '%.0f' % peak))
    for threads, run in stages.items():
        workers = run['workers']
        whole = run['time']['seconds'] * workers['count']
        print('\n%d threads, the workers: ' % threads + ', '.join(
            '%s %.0f %%' % (name[:-2], 100 * value / whole) for name, value in workers.items() if name.endswith('_s')))


if __name__ == '__main__':
    main()
