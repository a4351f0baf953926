"""What the adapters of the peers share (peer_*.py): one case in, features and seconds out.

  peer_NAME.py IMAGE MASK [--bin-width W] [--levels N] [--range LOW HIGH]

Prints JSON: "features", by PyRadiomics' names where they mean the same, else by the peer's own, and "seconds" from the files to the features,
imports and configuration not included. Threads: those of the affinity, and of the environment (see process.py).
"""
import argparse
import json
import os
import time

THREADS = len(os.sched_getaffinity(0))
FAMILIES = ['shape', 'firstorder', 'glcm', 'glrlm', 'glszm', 'gldm', 'ngtdm']


def case():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('image')
    parser.add_argument('mask')
    parser.add_argument('--bin-width', type=float, default=25)
    parser.add_argument('--levels', type=int, default=32, help='how many gray levels that makes, for a peer that knows no width')
    parser.add_argument('--range', type=float, nargs=2, default=[0, 1000], help='of the region; LOW is where the first bin begins')
    return parser.parse_args()


def answer(extract, features_of=dict):
    """Times extract(); features_of() makes a dictionary of what it returns."""
    begin = time.perf_counter()
    found = extract()
    seconds = time.perf_counter() - begin
    print(json.dumps({'features': {k: float(v) for k, v in features_of(found).items()}, 'seconds': seconds}))
