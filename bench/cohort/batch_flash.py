"""flash-radiomics on a cohort, case after case in one process, since it has no batch mode: batch_flash.py MANIFEST. Bins 25 wide, as many threads as processors."""
import logging
import os
import tempfile

import manifest
from flash_radiomics import featureextractor

logging.getLogger('flash_radiomics').setLevel(logging.ERROR)
with tempfile.TemporaryDirectory() as folder:  # it always writes its features to a file too
    extractor = featureextractor.RadiomicsFeatureExtractor(
        backend='cpu', num_threads=len(os.sched_getaffinity(0)), binWidth=25, additionalInfo=False, hdf5OutputDirectory=folder)
    for image, mask in zip(*manifest.files()):
        extractor.execute(image, mask)
