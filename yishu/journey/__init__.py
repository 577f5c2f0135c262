"""Journey 全流程: what happened to a patient, in order."""
