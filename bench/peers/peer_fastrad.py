"""fastrad on the cpu. It reads DICOM only: volumes are read by SimpleITK. See adapter.py."""
import warnings

import adapter
import SimpleITK as sitk
import torch
from fastrad import FeatureExtractor, FeatureSettings, Mask, MedicalImage

case = adapter.case()
warnings.filterwarnings('ignore')
torch.set_num_threads(adapter.THREADS)
extractor = FeatureExtractor(FeatureSettings(feature_classes=adapter.FAMILIES, bin_width=case.bin_width, device='cpu'))


def extract():
    image, mask = sitk.ReadImage(case.image), sitk.ReadImage(case.mask)
    spacing = image.GetSpacing()[::-1]
    return extractor.extract(MedicalImage(torch.from_numpy(sitk.GetArrayFromImage(image)).float(), spacing),
                             Mask(torch.from_numpy(sitk.GetArrayFromImage(mask) == 1), spacing))


adapter.answer(extract, lambda features: {name.replace('th_percentile', '_percentile'): value for name, value in features.items()})
