"""dicom 影像头: one header file a finished study of the last two days, as the device sends it; no pixels.

Names lie in GB 18030; one study in five forgets to say so in (0008,0005), as the RIS table's column `charset` records.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np

from yishu.demo.messages.paper import Paper, Persons, having
from yishu.demo.messages.speech import Phrases, iso, recent, stamp
from yishu.demo.world import Columns, World

ROOT = "1.2.826.0.1.3680043.10.1"
CLASS = {
    "CT": "1.2.840.10008.5.1.4.1.1.2", "MR": "1.2.840.10008.5.1.4.1.1.4", "US": "1.2.840.10008.5.1.4.1.1.6.1", "DX": "1.2.840.10008.5.1.4.1.1.1.1",
    "ES": "1.2.840.10008.5.1.4.1.1.77.1.1",
}  # fmt: skip
CHARSET = "GB18030"


def headers(world: World, people: Columns) -> Iterator[Paper]:
    """The first image's header of every study that ended in the last two days."""
    if not having(world, "exam"):
        return
    exam, phrases, persons = world.events["exam"], Phrases(world, people), Persons(world, people)
    for i in recent(world, np.where(exam["done"], exam["end"], -1)).tolist():
        moment, key, acc, patient = int(exam["begin"][i]), str(exam["uid"][i]), str(exam["acc"][i]), str(exam["pid"][i])
        said = {"patient": patient, "accession": acc, "modality": str(exam["modality"][i]), "station": str(exam["device"][i]), "began_at": iso(moment), "department": phrases.name_of(int(exam["department"][i]))}
        yield Paper(moment, f"DICOM^{exam['modality'][i]}", patient, str(exam["visit"][i]), "exam_study", key, lambda i=i: _header(exam, i, phrases, persons), (("exam_study", key, said),))  # type: ignore[misc]


def _header(exam: Columns, i: int, phrases: Phrases, persons: Persons) -> bytes:
    """Part 10 file (PS3.10 §7.1): preamble, meta group, and the header elements of PS3.3 C.7.1-C.7.6, explicit VR little endian."""
    # pydicom takes a third of a second to import, and every command of ours imports this module
    from pydicom.dataset import Dataset
    from pydicom.filebase import DicomIO
    from pydicom.filewriter import write_dataset
    from pydicom.uid import UID

    person, moment, modality, uid = int(exam["person"][i]), int(exam["begin"][i]), str(exam["modality"][i]), str(exam["uid"][i])
    item = phrases.structure.items[int(exam["item"][i])]
    declared = str(exam["charset"][i])
    d = Dataset()
    if declared:
        d.SpecificCharacterSet = declared
    d.SOPClassUID, d.SOPInstanceUID = UID(CLASS[modality]), UID(f"{uid}.1.1")
    d.StudyDate = d.SeriesDate = d.ContentDate = stamp(moment)[:8]
    d.StudyTime = d.SeriesTime = d.ContentTime = stamp(moment)[8:]
    d.AccessionNumber, d.Modality, d.StationName = str(exam["acc"][i]), modality, str(exam["device"][i])
    d.InstitutionName = "医枢示范医院"
    d.ReferringPhysicianName = phrases.structure.staff[int(exam["doctor"][i])].name
    d.StudyDescription = item.name
    d.PatientName, d.PatientID = str(exam["name"][i]), str(exam["pid"][i])
    d.PatientBirthDate, d.PatientSex = persons.born(person).replace("-", ""), "F" if persons.female(person) else "M"
    d.StudyInstanceUID, d.SeriesInstanceUID, d.StudyID = UID(uid), UID(f"{uid}.1"), str(exam["number"][i])
    d.SeriesNumber, d.InstanceNumber = 1, 1
    d.NumberOfStudyRelatedInstances = int(exam["images"][i])
    out = DicomIO(body := BytesIO())
    out.is_little_endian, out.is_implicit_VR = True, False
    write_dataset(out, d, CHARSET)  # the codec of the bytes, whatever (0008,0005) says or leaves out
    return _meta(CLASS[modality], f"{uid}.1.1") + body.getvalue()


def _meta(kind: str, instance: str) -> bytes:
    """Preamble and meta group (0002) 文件头."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.filebase import DicomIO
    from pydicom.filewriter import write_file_meta_info
    from pydicom.uid import UID, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(kind), UID(instance)
    meta.TransferSyntaxUID, meta.ImplementationClassUID = ExplicitVRLittleEndian, UID(f"{ROOT}.0.1")
    out = DicomIO(body := BytesIO())
    out.is_little_endian, out.is_implicit_VR = True, False
    write_file_meta_info(out, meta)
    return b"\x00" * 128 + b"DICM" + body.getvalue()
