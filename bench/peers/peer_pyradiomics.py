"""PyRadiomics, or a fork that goes by its name (pyradiomics-cuda). See adapter.py."""
import adapter
import radiomics
from radiomics import featureextractor

case = adapter.case()
radiomics.logger.setLevel(40)
extractor = featureextractor.RadiomicsFeatureExtractor(binWidth=case.bin_width, additionalInfo=False)
adapter.answer(lambda: extractor.execute(case.image, case.mask))
