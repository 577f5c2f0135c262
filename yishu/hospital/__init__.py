"""Hospital 统一模型: the tables of a hospital and how rows are placed."""
