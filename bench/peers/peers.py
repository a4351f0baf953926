"""Times radloom beside its peers, once it is known which of their values agree. See peers.sh.

One Markdown row a case and program: seconds of the whole process, of the processors, and in the process (from the files to the features, without
imports; radloom's by its own record), each with the ratio to radloom's; memory, features, and how many of those that ought to agree do, to 1e-6.
MIRP is held against radloom's set of the IBSI, the others against its set of PyRadiomics. Where radloom and PyRadiomics disagree nothing is timed.
"""
import argparse
import collections
import csv
import json
import math
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile

from compare import CASES, HERE, features_of, worst_difference
from process import Failed, run

Peer = collections.namedtuple('Peer', 'folder script packages against')
PYRADIOMICS, IBSI = 'radloom', 'radloom, ibsi'
PEERS = {  # each in an environment of its own; PyRadiomics' is made by environment.sh
    'PyRadiomics 3.0.1': Peer('pyradiomics', 'peer_pyradiomics.py', None, PYRADIOMICS),
    'pyradiomics-cuda 1.0.4': Peer('pyradiomics-cuda', 'peer_pyradiomics.py', ['pyradiomics-cuda==1.0.4', 'SimpleITK==2.5.7'], PYRADIOMICS),
    'Nyxus 0.11.0': Peer('nyxus', 'peer_nyxus.py', ['nyxus==0.11.0'], PYRADIOMICS),
    'flash-radiomics 1.0.0': Peer('flash-radiomics', 'peer_flash.py', [
        'flash-radiomics==1.0.0', 'SimpleITK==2.5.7', 'numpy==2.4.6', 'h5py==3.16.0', 'pykwalify==1.8.0', 'PyWavelets==1.9.0', 'scipy==1.17.1',
        'scikit-image==0.26.0', 'scikit-learn==1.9.1', 'trimesh==5.2.0'], PYRADIOMICS),
    'fastrad 1.0.0': Peer('fastrad', 'peer_fastrad.py', ['fastrad==1.0.0', 'SimpleITK==2.5.7', 'torch==2.15.0'], PYRADIOMICS),
    'MIRP 2.7.0': Peer('mirp', 'peer_mirp.py', ['mirp==2.7.0', 'itk==5.4.7'], IBSI),
}
PHANTOM = 'IBSI CT phantom'
BIN_WIDTH = 25
TOLERANCE = 1e-6
CONVERT = 'import sys, SimpleITK as sitk; sitk.WriteImage(sitk.ReadImage(sys.argv[1]), sys.argv[2], True)'


def install(folder, packages):
    """The interpreter that has these packages; ends with pip's reason where they cannot be had."""
    python, done = os.path.join(folder, 'bin', 'python'), os.path.join(folder, 'installed')
    if not packages or os.path.exists(done) and open(done).read().split() == packages:
        return python
    subprocess.run([sys.executable, '-m', 'venv', '--clear', folder], check=True)
    pip = subprocess.run([python, '-m', 'pip', '--quiet', '--disable-pip-version-check', 'install', '--no-cache-dir', *packages],
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if pip.returncode:
        reason = next((line for line in pip.stderr.splitlines() if line.startswith('ERROR')), 'pip failed')
        raise Failed('not installed: ' + reason.split(' (from versions')[0])
    with open(done, 'w') as file:
        file.write('\n'.join(packages))
    return python


def same(name):
    """A feature's name without what is only its spelling: original_glcm_JointAverage, glcm:joint_average."""
    return re.sub('[^a-z0-9]', '', name.lower().replace('original_', ''))


def names_of_mirp(radloom, data):
    """From MIRP's names of features to radloom's, by the identifiers of the IBSI, which its table of reference values has beside MIRP's names."""
    ours = {}
    for feature in json.loads(run([radloom, 'catalog', '--preset', 'ibsi', '--format', 'json'], 0).output):
        ours.setdefault((feature['ibsi'], feature['aggregation']), []).append(feature['name'])
    names = {}
    with open(os.path.join(data, 'ibsi1', 'reference_values.csv')) as file:
        for row in csv.DictReader(file):
            found = ours.get((row['ibsi_id'], row['aggregation_id'])) or ours.get((row['ibsi_id'], None)) or []
            if len(found) == 1:  # volume fractions of several intensities have one identifier
                names[same(row['tag'])] = found[0]
    return names


def in_radloom_names(features, names):
    """Of MIRP's, without what they say of distance and discretisation."""
    plain = {same(re.sub(r'_d1(?=_)|_a0\.0|_fbs_w[0-9.]+', '', name).replace('_v_mrg', '_comb')): value for name, value in features.items()}
    return {names[name]: value for name, value in plain.items() if name in names}


def disagreements(ours, theirs):
    """How many features are in both, and the relative differences beyond the tolerance, largest first."""
    mine = {same(name): (name, value) for name, value in ours.items() if value is not None}
    both = [(*mine[same(name)], value) for name, value in theirs.items() if same(name) in mine]
    differences = [(abs(a - b) / max(abs(a), abs(b)) if a != b else 0.0, name) for name, a, b in both]
    return len(both), sorted(((d, name) for d, name in differences if not d <= TOLERANCE), reverse=True)


class Results:
    """Of one program on one case, run after run."""

    def __init__(self, command):
        self.command, self.runs, self.inside, self.features, self.agree, self.wrong, self.failure = command, [], [], {}, '', [], None

    def measure(self, threads, limit, memory):
        """One run more, unless the last one failed or the first took longer than the limit."""
        if self.failure or self.runs and self.runs[0].seconds > limit:
            return
        try:
            ran = run(self.command, threads, 10 * limit, memory)
        except Failed as failure:
            reason = str(failure).strip().splitlines()[-1]
            self.failure = reason if len(reason) < 120 else '... ' + reason[-120:]
            return
        answer = json.loads(ran.output)
        self.runs.append(ran)
        if 'regions' in answer:  # radloom's record
            self.features, seconds = features_of(ran.output), sum(answer['timing_ms'].values()) / 1e3
        else:
            self.features, seconds = answer['features'], answer['seconds']
        self.inside.append(seconds)

    def medians(self):
        """Seconds of the whole process, of the processors and in the process."""
        return [statistics.median(values) for values in ([r.seconds for r in self.runs], [r.processor for r in self.runs], self.inside)]


def files_of(case, data):
    if case == PHANTOM:
        return [os.path.join(data, 'ibsi1', 'ct_phantom', what + '.nii.gz') for what in ('image', 'mask')]
    return [os.path.join(data, 'pyradiomics', '%s_%s.nrrd' % (case, what)) for what in ('image', 'label')]


def as_nifti(path, folder):
    if path.endswith('.nii.gz'):
        return path
    converted = os.path.join(folder, os.path.basename(path).replace('.nrrd', '.nii.gz'))
    run([sys.executable, '-c', CONVERT, path, converted], 0)
    return converted


def commands_of(files, radloom, interpreters, threads, scratch):
    """What to run for a case, by the program's name."""
    extract = [radloom, 'extract', *files, '-j', str(threads), '-o', '-', '--quiet', '-s', 'bin_width=%d' % BIN_WIDTH]
    commands = {PYRADIOMICS: extract + ['--preset', 'pyradiomics']}
    found = features_of(run(commands[PYRADIOMICS], threads).output)
    least, most = found['original_firstorder_Minimum'], found['original_firstorder_Maximum']
    first, last = math.floor(least / BIN_WIDTH), math.floor(most / BIN_WIDTH)
    commands[IBSI] = extract + ['--preset', 'ibsi', '-s', 'resegment_range=[%d,%r]' % (first * BIN_WIDTH, most),
                                '-s', 'ivh_discretisation=fixed_bin_number']  # as MIRP does for intensities without a unit
    for name, python in interpreters.items():
        readable = [as_nifti(path, scratch) for path in files] if PEERS[name].folder == 'nyxus' else files
        commands[name] = [python, os.path.join(HERE, PEERS[name].script), *readable, '--bin-width', str(BIN_WIDTH),
                          '--levels', str(last - first + 1), '--range', str(first * BIN_WIDTH), repr(most)]
    return commands


def compare(case, results, names):
    """Notes what agrees; ends the program where radloom failed, or it and PyRadiomics do not agree."""
    for name, result in results.items():
        if name not in PEERS:
            if result.failure:
                sys.exit('%s, %s: %s' % (case, name, result.failure))
        elif not result.failure:
            ours = results[PEERS[name].against].features
            theirs = in_radloom_names(result.features, names) if PEERS[name].against == IBSI else result.features
            if PEERS[name].folder == 'pyradiomics':
                worst_difference(case, ours, theirs)
            compared, result.wrong = disagreements(ours, theirs)
            result.agree = '%d of %d' % (compared - len(result.wrong), compared)


def print_rows(case, results, runs):
    """Prints a case's rows of the table and returns what comes within 10 times of radloom."""
    close = []
    for name, result in results.items():
        if result.failure:
            print('| %s | %s | failed: %s | | | | | | | | |' % (case, name, result.failure), flush=True)
            continue
        medians, cells = result.medians(), []
        for what, theirs, ours in zip(('the whole process', 'the processors', 'in the process'), medians,
                                      results[PEERS[name].against].medians() if name in PEERS else medians):
            cells += ['%.3g' % theirs, '%.1f x' % (theirs / ours) if name in PEERS else '']
            if name in PEERS and theirs < 10 * ours:
                close.append('%s on %s, %s: %.1f x' % (name, case, what, theirs / ours))
        print('| %s | %s%s | %s | %.0f | %d | %s |' % (
            case, name, ' (one run)' if len(result.runs) < runs else '', ' | '.join(cells), max(r.mib for r in result.runs),
            len(result.features), result.agree), flush=True)
    return close


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True, help='the folder that holds pyradiomics/ and ibsi1/')
    parser.add_argument('--radloom', required=True, help='the program')
    parser.add_argument('--environments', required=True, help='the folder that the peers are installed in')
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--threads', type=int, default=0, help='processors for each; 0: all')
    parser.add_argument('--limit', type=float, default=60, help='seconds; what takes longer is run once, and ended after ten times as long')
    parser.add_argument('--memory', type=float, help='GiB that a program may take; by default half of what the machine has')
    parser.add_argument('--cases', nargs='*', default=CASES + [PHANTOM])
    parser.add_argument('--peers', nargs='*', help='the first words of their names; by default all')
    options = parser.parse_args()
    threads = options.threads or len(os.sched_getaffinity(0))
    memory = int(options.memory * 2**30) if options.memory else os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') // 2
    interpreters, missing = {}, {}
    for name, peer in PEERS.items():
        if not options.peers or name.split()[0] in options.peers:
            try:
                interpreters[name] = install(os.path.join(options.environments, peer.folder), peer.packages)
            except Failed as failure:
                missing[name] = str(failure)
    names = names_of_mirp(options.radloom, options.data)
    print('%d threads, medians of %d runs, at most %.0f GiB each\n' % (threads, options.runs, memory / 2**30))
    print('| case | program | s | ratio | s of the processors | ratio | s in the process | ratio | MiB | features | agree |')
    print('|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|', flush=True)
    close, wrong = [], {}
    for case in options.cases:
        with tempfile.TemporaryDirectory() as scratch:
            commands = commands_of(files_of(case, options.data), options.radloom, interpreters, threads, scratch)
            results = {name: Results(command) for name, command in commands.items()}
            for i in range(options.runs):
                # What a process leaves to the machine slows the next: who comes after whom is drawn anew each round, the same in every run.
                for result in random.Random('%s %d' % (case, i)).sample([*results.values()], len(results)):
                    result.measure(threads, options.limit, memory)
                if i == 0:
                    compare(case, results, names)
                print('%s: round %d of %d' % (case, i + 1, options.runs), file=sys.stderr)
        close += print_rows(case, results, options.runs)
        for name, result in results.items():
            for difference, feature in result.wrong:
                wrong.setdefault(name, {}).setdefault(feature, []).append(difference)
    for name, reason in missing.items():
        print('| all | %s | %s | | | | | | | | |' % (name, reason))
    print('\nRatios are to `radloom`, of MIRP to `radloom, ibsi`. Within 10 times of it: %s.' % ('; '.join(close) or 'none'))
    for name, features in wrong.items():
        worst = sorted(features.items(), key=lambda f: -max(f[1]))
        print('\n%s disagrees (largest relative difference, cases): %s.' % (
            name, ', '.join('%s %.0e, %d' % (feature, max(d), len(d)) for feature, d in worst)))


if __name__ == '__main__':
    main()
