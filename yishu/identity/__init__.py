"""Identity 患者主索引: who is one person; the vault.

`Index.register` answers one registration online, `link_persons` settles a whole load; `merge`, `unmerge`, `split`, `rename`,
`keep_apart` and `undo` are people's decisions, each an event; `queue` and `decide` the review; `mask` shows a source record,
`find` and `reveal` open the vault.
"""

from yishu.identity.card import valid_card
from yishu.identity.errors import NoReason
from yishu.identity.keys import PatientKeys, allot_keys, known_keys
from yishu.identity.live import LiveKeys
from yishu.identity.mask import mask, mask_value
from yishu.identity.merge import keep_apart, merge, rename, split, undo, unmerge
from yishu.identity.person import PersonCard, persons, show
from yishu.identity.register import Index, Registered, Registration
from yishu.identity.review import queue
from yishu.identity.settle import link_persons, nobody_yet
from yishu.identity.told import TOLD, Telling, follow_told
from yishu.identity.vault import find, remember, reveal

__all__ = [
    "TOLD", "Index", "LiveKeys", "NoReason", "PatientKeys", "PersonCard", "Registered", "Registration", "Telling", "allot_keys", "find", "follow_told",
    "keep_apart", "known_keys", "link_persons", "mask", "mask_value", "merge", "nobody_yet", "persons", "queue", "remember", "rename", "reveal", "show", "split", "undo", "unmerge", "valid_card",
]  # fmt: skip
