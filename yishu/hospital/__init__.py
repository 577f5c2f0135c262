"""Hospital 统一模型: the tables of a hospital and how rows are placed.

`model` and `profile` read the folder's text, `place` brings a staged source in, `derive` makes what follows from it,
`checksum` says whether two warehouses hold the same.
"""

from yishu.hospital.codes import CodeMaps, check_values, read_codes
from yishu.hospital.derive import data_through, derive
from yishu.hospital.errors import Fault, HospitalFaults
from yishu.hospital.events import activities, follow_events
from yishu.hospital.mapping import MappingSelect, read_mappings, version_digest
from yishu.hospital.model import SYSTEM_COLUMNS, Column, Hanging, Model, Table, model
from yishu.hospital.place import Ground, People, check_bound, place, place_folder
from yishu.hospital.profile import HospitalProfile, profile
from yishu.hospital.quality import TableReceipt
from yishu.hospital.store import Batch, applied, checksum, make, marks, row_of, touched_days

__all__ = [
    "SYSTEM_COLUMNS", "Batch", "CodeMaps", "Column", "Fault", "Ground", "Hanging", "HospitalFaults", "HospitalProfile", "MappingSelect", "Model", "People",
    "Table", "TableReceipt", "activities", "applied", "check_bound", "check_values", "checksum", "data_through", "derive", "follow_events", "make", "marks", "model",
    "place", "place_folder", "profile", "read_codes", "read_mappings", "row_of", "touched_days", "version_digest",
]  # fmt: skip
