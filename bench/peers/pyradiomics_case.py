"""One case through PyRadiomics, with as little around it as can be.

  pyradiomics_case.py IMAGE MASK PARAMETERS             prints the features as JSON
  pyradiomics_case.py IMAGE MASK PARAMETERS --seconds   prints the seconds of execute() alone, volumes being in memory, and those of the processor
"""
import json
import sys
import time

import radiomics
import SimpleITK as sitk
from radiomics import featureextractor

radiomics.logger.setLevel(40)
image, mask, parameters = sys.argv[1:4]
extractor = featureextractor.RadiomicsFeatureExtractor(parameters)
if '--seconds' in sys.argv:
    image, mask = sitk.ReadImage(image), sitk.ReadImage(mask)
    begin, busy = time.perf_counter(), time.process_time()
    extractor.execute(image, mask)
    print(time.perf_counter() - begin, time.process_time() - busy)
else:
    features = extractor.execute(image, mask)
    print(json.dumps({k: float(v) for k, v in features.items() if not k.startswith('diagnostics_')}))
