"""flash-radiomics on the cpu. See adapter.py."""
import logging
import tempfile

import adapter
from flash_radiomics import featureextractor


def in_their_names(features):
    """Its kurtosis is the excess one."""
    return {name: value + 3 if name.endswith('_Kurtosis') else value for name, value in features.items()}


case = adapter.case()
logging.getLogger('flash_radiomics').setLevel(logging.ERROR)
with tempfile.TemporaryDirectory() as folder:  # it always writes its features to a file too
    extractor = featureextractor.RadiomicsFeatureExtractor(
        backend='cpu', num_threads=adapter.THREADS, binWidth=case.bin_width, additionalInfo=False, hdf5OutputDirectory=folder)
    adapter.answer(lambda: extractor.execute(case.image, case.mask), in_their_names)
