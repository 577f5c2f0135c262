"""Identity 患者主索引: who is one person; the vault.

`known_keys`, `allot_keys` give patients their surrogates, `remember` seals their identifiers, `link_persons` and `persons`
say who is one person, `mask` shows a source record, `find` and `reveal` open the vault.
"""

from yishu.identity.card import valid_card
from yishu.identity.errors import NoReason
from yishu.identity.keys import PatientKeys, allot_keys, known_keys
from yishu.identity.live import LiveKeys
from yishu.identity.mask import mask, mask_value
from yishu.identity.person import link_persons, persons
from yishu.identity.vault import find, remember, reveal

__all__ = ["LiveKeys", "NoReason", "PatientKeys", "allot_keys", "find", "known_keys", "link_persons", "mask", "mask_value", "persons", "remember", "reveal", "valid_card"]
