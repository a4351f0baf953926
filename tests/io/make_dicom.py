#!/usr/bin/env python3
"""Makes tests/io/highdicom_files.inc: DICOM SEG files as highdicom writes them, and what they segment.

Needs highdicom 0.28.2 and pydicom 3.0.2 (pip install highdicom==0.28.2); the tests need neither. The image is that of
tests/io/dicom_files.hpp: ct_slice(0) to ct_slice(3), 4 x 3 pixels of 0.5 x 0.75 mm, 2.5 mm apart.
Usage: make_dicom.py > highdicom_files.inc
Prints to standard error the SUV factors of tests/io/suv_test.cpp, computed here on their own.
"""
import base64
import datetime
import io
import math
import sys
import textwrap

import highdicom as hd
import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.sr.codedict import codes


def ct_slice(number):
    d = FileDataset("", {}, file_meta=FileMetaDataset(), preamble=b"\0" * 128)
    d.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    d.file_meta.MediaStorageSOPClassUID = d.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    d.file_meta.MediaStorageSOPInstanceUID = d.SOPInstanceUID = "1.2.3.%d" % (100 - number)
    d.Modality, d.StudyInstanceUID, d.SeriesInstanceUID = "CT", "1.2.3", "1.2.3.4"
    d.FrameOfReferenceUID, d.InstanceNumber = "1.2.3.5", number
    d.PatientID = d.PatientName = d.PatientBirthDate = d.PatientSex = d.AccessionNumber = d.StudyID = ""
    d.StudyDate = d.StudyTime = ""
    d.ImagePositionPatient = [-10.5, 20.25, 2.5 * number - 7]
    d.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    d.PixelSpacing, d.SliceThickness = [0.75, 0.5], 2.5
    d.SamplesPerPixel, d.PhotometricInterpretation, d.Rows, d.Columns = 1, "MONOCHROME2", 3, 4
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 16, 15, 1
    d.PixelData = bytes(24)
    return d


def segment(number, label):
    return hd.seg.SegmentDescription(
        segment_number=number, segment_label=label, segmented_property_category=codes.SCT.Tissue,
        segmented_property_type=codes.SCT.Tissue, algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL)


def write(pixels, kind, labels, **more):
    seg = hd.seg.Segmentation(
        source_images=[ct_slice(i) for i in range(4)], pixel_array=pixels, segmentation_type=kind,
        segment_descriptions=[segment(i + 1, label) for i, label in enumerate(labels)],
        series_instance_uid="1.2.3.40", series_number=1, sop_instance_uid="1.2.3.41", instance_number=1,
        manufacturer="radloom", manufacturer_model_name="tests", software_versions="1", device_serial_number="1",
        omit_empty_frames=True, **more)
    buffer = io.BytesIO()
    seg.save_as(buffer)
    return buffer.getvalue()


def show(name, data):
    text = base64.b64encode(data).decode()
    print("constexpr const char* %s =" % name)
    lines = ['    "%s"' % line for line in textwrap.wrap(text, 110)]
    print("\n".join(lines) + ";")


def main():
    print("// Made by make_dicom.py with highdicom %s." % hd.__version__)
    overlapping = np.zeros((4, 3, 4, 2), np.uint8)
    overlapping[1, 0:2, 1:3, 0] = 1
    overlapping[3, 2, 0, 0] = 1
    overlapping[1, 1, 2:4, 1] = 1
    show("highdicom_binary", write(overlapping, "BINARY", ["GTV-1", "Lung, left"]))
    fraction = np.zeros((4, 3, 4), float)
    fraction[0, 0] = [0, 0.25, 0.5, 1]
    fraction[2, 1] = [0.75, 0.49, 0.51, 0]
    show("highdicom_fractional", write(fraction, "FRACTIONAL", ["likely"], max_fractional_value=200))
    show("highdicom_rle", write(fraction, "FRACTIONAL", ["likely"], max_fractional_value=200,
                                transfer_syntax_uid=pydicom.uid.RLELossless))
    labels = np.zeros((4, 3, 4), np.uint8)
    labels[0, 2, 3] = 2
    labels[2, 0:2, 0:2] = 1
    show("highdicom_label_map", write(labels, "LABELMAP", ["one", "two"]))

    # SUV: 70.5 kg, 1.68 m, 350 MBq at 9:41:30.5, scan at 10:45 (F-18).
    weight, height, dose, half_life = 70.5, 1.68, 3.5e8, 6586.2
    elapsed = (datetime.datetime(2021, 3, 4, 10, 45) - datetime.datetime(2021, 3, 4, 9, 41, 30, 500000)).total_seconds()
    decayed = dose * 2 ** (-elapsed / half_life)
    surface = 0.007184 * weight ** 0.425 * (height * 100) ** 0.725
    bmi = weight / height ** 2
    for name, body in [("bw", weight * 1000), ("bsa", surface * 10000), ("lbm F", 9270e3 * weight / (8780 + 244 * bmi)),
                       ("lbm M", 9270e3 * weight / (6680 + 216 * bmi))]:
        print("%-6s start %.17g admin %.17g" % (name, body / decayed, body / dose), file=sys.stderr)
    assert math.isclose(elapsed, 3809.5)


main()
