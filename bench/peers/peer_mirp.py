"""MIRP, every family of the IBSI in 3D. See adapter.py."""
import logging

import adapter
from mirp import extract_features

case = adapter.case()
logging.disable(logging.WARNING)
adapter.answer(
    lambda: extract_features(image=case.image, mask=case.mask, base_feature_families='all', by_slice=False,
                             base_discretisation_method='fixed_bin_size', base_discretisation_bin_width=case.bin_width,
                             resegmentation_intensity_range=case.range),
    lambda tables: {name: value for name, value in tables[0].iloc[0].items() if name.split('_')[0] in (
        'morph', 'loc', 'stat', 'ivh', 'ih', 'cm', 'rlm', 'szm', 'dzm', 'ngt', 'ngl')})
