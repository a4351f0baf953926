"""Nyxus, every family in 3D. It has a number of gray levels in place of a width, and reads NIfTI only. See adapter.py."""
import adapter
from nyxus import Nyxus3D

# What means the same in PyRadiomics and hangs on neither spacing nor gray levels. (Its percentiles come from a histogram.)
SAME = {'3ENERGY': 'Energy', '3KURTOSIS': 'Kurtosis', '3MAX': 'Maximum', '3MEAN': 'Mean', '3MEAN_ABSOLUTE_DEVIATION': 'MeanAbsoluteDeviation',
        '3MEDIAN': 'Median', '3MIN': 'Minimum', '3RANGE': 'Range', '3ROOT_MEAN_SQUARED': 'RootMeanSquared', '3SKEWNESS': 'Skewness',
        '3VARIANCE_BIASED': 'Variance'}


def in_their_names(table):
    row = table[table.ROI_label == 1].iloc[0]
    return {'original_firstorder_' + SAME[name] if name in SAME else name: row[name] for name in table.columns if name.startswith('3')}


case = adapter.case()
extractor = Nyxus3D(['*3D_ALL*'], n_feature_calc_threads=adapter.THREADS, coarse_gray_depth=case.levels)
for family in ['glcm', 'gldm', 'glrlm', 'glszm', 'ngtdm']:  # without these it takes every intensity for a level, and 13 times as long
    extractor.set_metaparam('3%s/greydepth=%d' % (family, case.levels))
adapter.answer(lambda: extractor.featurize_files([case.image], [case.mask], False), in_their_names)
