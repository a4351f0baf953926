"""Nyxus' own batch mode on a cohort: batch_nyxus.py MANIFEST. One process, as many threads as processors; 32 gray levels, since it knows no width."""
import os

import manifest
from nyxus import Nyxus3D

LEVELS = 32
images, masks = manifest.files()
extractor = Nyxus3D(['*3D_ALL*'], n_feature_calc_threads=len(os.sched_getaffinity(0)), coarse_gray_depth=LEVELS)
for family in ['glcm', 'gldm', 'glrlm', 'glszm', 'ngtdm']:
    extractor.set_metaparam('3%s/greydepth=%d' % (family, LEVELS))
assert len(extractor.featurize_files(images, masks, False)) >= len(images)
