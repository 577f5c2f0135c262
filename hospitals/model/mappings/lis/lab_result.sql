-- 检验结果：一份报告一个项目一行。原文保留；数值去掉箭头、比较符、全角；滴度、阳性、见备注没有数值。
-- 单位统一写法（10^9/L、mmol/L）；葡萄糖 mg/dL ÷18.0、肌酐 mg/dL ×88.4 换算到项目的标准单位。
WITH 标本 AS (
  SELECT barcode, pat_name, pat_type, pat_no, vis_no FROM lis_sample
), 报告 AS (
  SELECT r.report_id, cn_time(r.pub_time) AS 发布, cn_time(r.entered_at) AS 录入, s.pat_name, s.pat_type, s.pat_no, s.vis_no
  FROM lis_report r LEFT JOIN 标本 s ON s.barcode = r.barcode
), 结果 AS (
  SELECT t._key, t.report_id, t.item_code, t.item_name, t.result, t.flag,
         regexp_replace(half_width(clean(t.result)), '[↑↓HL\s]+$', '') AS 净,
         replace(replace(half_width(clean(t.ref_range)), '~', '-'), '—', '-') AS 参考,
         regexp_replace(regexp_replace(half_width(clean(t.unit)), '^[×xX]?\s*10(\^|\*|E)', '10^'), '/l$', '/L') AS 写法,
         i.std_unit AS 标准
  FROM lis_result t LEFT JOIN lis_item i ON i.item_code = t.item_code
), 数 AS (
  SELECT *, cn_number(regexp_replace(净, '^\s*(<=|>=|<|>|≤|≥)', '')) AS 值 FROM 结果
)
SELECT 'lis_result'                          AS source_table,
       t._key                                AS source_key,
       CASE WHEN r.pat_name = '质控' THEN 'quality_control' END AS ignored,
       t._key                                AS result_id,
       t.report_id                           AS report_id,
       CASE WHEN r.pat_type IN ('O', 'E') THEN 'his_mz' WHEN r.pat_type = 'I' THEN 'his_zy' END AS patient_source,
       CASE WHEN r.pat_type IN ('O', 'E', 'I') THEN ltrim(clean(r.pat_no), '0') END AS patient_local_id,
       CASE WHEN r.pat_type = 'I' THEN 'ZY-' || clean(r.vis_no) END AS stay_id,
       t.item_code                           AS item,
       clean(t.item_name)                    AS item_name,
       t.result                              AS value_text,
       CASE WHEN t.写法 = 'mg/dL' AND t.标准 = 'mmol/L' THEN CAST(t.值 / 18.0 AS DECIMAL(18,4))
            WHEN t.写法 = 'mg/dL' AND lower(t.标准) IN ('umol/l', 'μmol/l') THEN CAST(t.值 * 88.4 AS DECIMAL(18,4))
            ELSE t.值 END                    AS value,
       nullif(regexp_extract(t.净, '^\s*(<=|>=|<|>|≤|≥)', 1), '') AS comparator,
       CASE WHEN t.写法 = 'mg/dL' OR t.写法 IS NULL THEN coalesce(t.标准, t.写法) ELSE t.写法 END AS unit,
       coalesce(TRY_CAST(nullif(regexp_extract(t.参考, '^(-?\d+\.?\d*)-', 1), '') AS DECIMAL(18,4)),
                TRY_CAST(nullif(regexp_extract(t.参考, '^[>≥]=?(\d+\.?\d*)', 1), '') AS DECIMAL(18,4))) AS reference_low,
       coalesce(TRY_CAST(nullif(regexp_extract(t.参考, '-(\d+\.?\d*)$', 1), '') AS DECIMAL(18,4)),
                TRY_CAST(nullif(regexp_extract(t.参考, '^[<≤]=?(\d+\.?\d*)', 1), '') AS DECIMAL(18,4))) AS reference_high,
       clean(t.flag)                         AS flag,
       r.发布                                AS resulted_at,
       r.录入                                AS recorded_at
FROM 数 t
LEFT JOIN 报告 r ON r.report_id = t.report_id
