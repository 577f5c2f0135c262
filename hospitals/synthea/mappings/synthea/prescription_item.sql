-- 处方明细：一种药一行；RxNorm 编码没有国内目录可对，只存药名。
SELECT 'medications'                         AS source_table,
       m._key                                AS source_key,
       'CM-' || m._key                       AS item_id,
       'CF-' || m.ENCOUNTER                  AS prescription_id,
       m.DESCRIPTION                         AS item_name,
       TRY_CAST(m.DISPENSES AS DECIMAL(18,4)) AS quantity,
       TRY_CAST(m.TOTALCOST AS DECIMAL(18,2)) AS amount,
       CAST(m.START AS TIMESTAMPTZ) AT TIME ZONE 'America/New_York' AS issued_at
FROM medications m
