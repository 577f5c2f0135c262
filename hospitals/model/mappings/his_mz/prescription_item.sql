-- 处方明细：一行一个品规或项目。
SELECT 'MZ_CFMXK'                            AS source_table,
       m._key                                AS source_key,
       'CM-' || m.XH                         AS item_id,
       'CF-' || m.CFXH                       AS prescription_id,
       clean(m.YPDM)                         AS drug,
       clean(m.YPMC)                         AS item_name,
       CAST(m.YPSL AS DECIMAL(18,4))         AS quantity,
       CAST(m.ZJE AS DECIMAL(18,2))          AS amount,
       cn_time(c.LRRQ)                       AS issued_at
FROM MZ_CFMXK m
LEFT JOIN MZ_CFK c ON c.XH = m.CFXH
