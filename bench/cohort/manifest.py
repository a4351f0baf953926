"""The images and the masks that a manifest names, for the peers: of the one in the process's first argument."""
import csv
import os
import sys


def files():
    path = sys.argv[1]
    with open(path, newline='') as table:
        rows = list(csv.DictReader(table))
    return [[os.path.abspath(os.path.join(os.path.dirname(path), row[what])) for row in rows] for what in ('Image', 'Mask')]
