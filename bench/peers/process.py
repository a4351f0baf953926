"""Runs a program in a process of its own and measures it: what the comparisons share."""
import os
import resource
import subprocess
import tempfile
import threading
import time
import typing


class Failed(SystemExit):
    """A program that failed; who does not catch it ends with its message."""


class Run(typing.NamedTuple):
    output: str
    seconds: float
    processor: float  # seconds of all its processors together, which other users of the machine disturb least
    mib: float  # the most memory it had


def run(command, threads, stop_after=None, memory_limit=None):
    """A process from its start to its end, on as many processors as it may use (0: all).

    Ended after `stop_after` seconds, and refused more than `memory_limit` bytes, where these are given.
    """
    cpus = sorted(os.sched_getaffinity(0))[:threads] if threads else sorted(os.sched_getaffinity(0))
    env = dict(os.environ, LC_ALL='C', OMP_NUM_THREADS=str(len(cpus)), OPENBLAS_NUM_THREADS=str(len(cpus)),
               ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS=str(len(cpus)),
               OMP_WAIT_POLICY='passive')  # torch's threads wait busily otherwise, and 2 to 3 times as long where the processors are shared

    def prepare():
        os.sched_setaffinity(0, cpus)
        if memory_limit:
            resource.setrlimit(resource.RLIMIT_DATA, (memory_limit, memory_limit))

    with tempfile.TemporaryFile() as out:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, env=env, preexec_fn=prepare)
        timer = threading.Timer(stop_after or threading.TIMEOUT_MAX, process.kill)
        timer.daemon = True
        timer.start()
        errors = process.stderr.read().decode(errors='replace')
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if stop_after and seconds >= stop_after:
            raise Failed('%s took longer than %g s' % (' '.join(command), stop_after))
        if process.returncode:
            raise Failed('%s failed with status %d:\n%s' % (' '.join(command), process.returncode, errors))
        out.seek(0)
        return Run(out.read().decode(), seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
