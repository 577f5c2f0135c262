-- 处方明细：金额由收费消息与夜间装载说。
SELECT 'mz_drug'                             AS source_table,
       d._key                                AS source_key,
       'CM-' || d.line                       AS item_id,
       'CF-' || d.sheet                      AS prescription_id,
       d.drug                                AS drug,
       d.name                                AS item_name,
       TRY_CAST(d.quantity AS DECIMAL(18,4)) AS quantity,
       TRY_CAST(d.at AS TIMESTAMP)           AS issued_at
FROM mz_drug d WHERE d.control = 'NW'
UNION ALL
SELECT 'mz_request', r._key, 'CM-' || r.line, 'CF-' || r.sheet, NULL, r.name, 1, TRY_CAST(r.at AS TIMESTAMP)
FROM mz_request r WHERE r.control = 'NW'
UNION ALL
SELECT 'mz_coded', c._key, 'CM-' || c.line, 'CF-' || c.sheet, c.drug, c.name, TRY_CAST(c.quantity AS DECIMAL(18,4)), TRY_CAST(c.at AS TIMESTAMP)
FROM mz_coded c WHERE c.control IN ('NW', 'XO')
