-- 检验结果：与夜间装载同一写法；没有报告号时不落结果行。
WITH 结果 AS (
  SELECT t.*, regexp_replace(half_width(clean(t.result)), '[↑↓HL\s]+$', '') AS 净,
         replace(replace(half_width(clean(t.range)), '~', '-'), '—', '-') AS 参考,
         regexp_replace(regexp_replace(half_width(clean(t.unit)), '^[×xX]?\s*10(\^|\*|E)', '10^'), '/l$', '/L') AS 写法,
         i.std_unit AS 标准
  FROM oru_result t LEFT JOIN lis_item i ON i.item_code = t.item
), 数 AS (
  SELECT *, cn_number(regexp_replace(净, '^\s*(<=|>=|<|>|≤|≥)', '')) AS 值 FROM 结果
)
SELECT 'oru_result'                          AS source_table,
       t._key                                AS source_key,
       CASE WHEN t.report IS NULL THEN 'report_number_absent' END AS ignored,
       t.report || '|' || t.item             AS result_id,
       t.report                              AS report_id,
       CASE t.authority WHEN 'HIS_MZ' THEN 'his_mz' WHEN 'HIS_ZY' THEN 'his_zy' END AS patient_source,
       t.patient                             AS patient_local_id,
       CASE WHEN t.authority = 'HIS_ZY' THEN 'ZY-' || t.visit END AS stay_id,
       t.item                                AS item,
       clean(t.name)                         AS item_name,
       t.result                              AS value_text,
       CASE WHEN t.写法 = 'mg/dL' AND t.标准 = 'mmol/L' THEN CAST(t.值 / 18.0 AS DECIMAL(18,4))
            WHEN t.写法 = 'mg/dL' AND lower(t.标准) IN ('umol/l', 'μmol/l') THEN CAST(t.值 * 88.4 AS DECIMAL(18,4))
            ELSE t.值 END                    AS value,
       nullif(regexp_extract(t.净, '^\s*(<=|>=|<|>|≤|≥)', 1), '') AS comparator,
       CASE WHEN t.写法 = 'mg/dL' OR t.写法 IS NULL THEN coalesce(t.标准, t.写法) ELSE t.写法 END AS unit,
       CASE t.flag WHEN 'H' THEN '↑' WHEN 'L' THEN '↓' END AS flag,
       TRY_CAST(t.published AS TIMESTAMP)    AS resulted_at
FROM 数 t
